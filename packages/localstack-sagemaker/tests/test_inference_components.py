"""Inference components: copies on the instances of a variant, invocations, updates and deletion."""

from __future__ import annotations

import json
from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import IMAGE, Made, call, make


def component(account: Account, name: str, cores: float = 1, copies: int = 1, **more: Any) -> dict[str, Any]:
    """Create a component on the endpoint `components`, and describe it."""
    needs = {"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": cores}
    request = {
        "InferenceComponentName": name,
        "EndpointName": "components",
        "Specification": {"Container": {"Image": IMAGE}, "ComputeResourceRequirements": needs},
        "RuntimeConfig": {"CopyCount": copies},
    }
    account.sagemaker.create_inference_component(**{**request, **more})
    return described(account, name)


def described(account: Account, name: str) -> dict[str, Any]:
    """The Describe response, without its metadata."""
    return dict(account.sagemaker.describe_inference_component(InferenceComponentName=name))


def endpoint(account: Account, **scaling: Any) -> None:
    """Create the endpoint `components`: one instance of ml.m5.xlarge with 4 cores, or managed instances."""
    made: dict[str, Made] = {}
    if scaling:
        variant = {"VariantName": "main", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
        variant["ManagedInstanceScaling"] = {"Status": "ENABLED", **scaling}
        make(account, "ComponentConfig", made, ProductionVariants=[variant])
    make(account, "ComponentEndpoint", made)


def instances(account: Account) -> int:
    """The instance count of the endpoint's variant."""
    (variant,) = account.sagemaker.describe_endpoint(EndpointName="components")["ProductionVariants"]
    return int(variant["DesiredInstanceCount"])


def test_copies_share_the_instances(account: Account) -> None:
    endpoint(account)
    assert component(account, "first", cores=1, copies=3)["RuntimeConfig"]["CurrentCopyCount"] == 3
    shown = component(account, "second", cores=1, copies=3)
    assert shown["RuntimeConfig"] == {"DesiredCopyCount": 3, "CurrentCopyCount": 1}
    assert shown["InferenceComponentStatus"] == "InService"


def test_copies_spread_to_instances_that_are_added(account: Account) -> None:
    endpoint(account)
    component(account, "c", cores=4, copies=2)
    wanted = [{"VariantName": "main", "DesiredInstanceCount": 2}]
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="components", DesiredWeightsAndCapacities=wanted
    )
    assert described(account, "c")["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 2}


def test_a_component_without_room_fails(account: Account) -> None:
    endpoint(account)
    shown = component(account, "large", cores=8)
    assert shown["InferenceComponentStatus"] == "Failed"
    assert "not enough hardware resources" in shown["FailureReason"]


def test_managed_instances_follow_the_copies(account: Account) -> None:
    endpoint(account, MinInstanceCount=1, MaxInstanceCount=3)
    component(account, "first", cores=4, copies=2)
    assert instances(account) == 2
    account.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="first", DesiredRuntimeConfig={"CopyCount": 5}
    )
    assert described(account, "first")["RuntimeConfig"] == {"DesiredCopyCount": 5, "CurrentCopyCount": 3}
    assert instances(account) == 3
    account.sagemaker.delete_inference_component(InferenceComponentName="first")
    assert instances(account) == 1


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}}, "Exactly one of ModelName and Container"),
        ({"ModelName": "none", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}}, "Could not find model"),
        ({"Container": {"Image": IMAGE}}, "ComputeResourceRequirements must be specified"),
        ({"BaseInferenceComponentName": "none"}, "Could not find inference component"),
    ],
)
def test_specifications_that_are_refused(account: Account, specification: dict[str, Any], text: str) -> None:
    endpoint(account)
    code, message = error_of(lambda: component(account, "c", Specification=specification))
    assert (code, text in message) == ("ValidationException", True), message


def test_an_endpoint_with_models_takes_no_components(account: Account) -> None:
    make(account, "Endpoint")
    code, message = error_of(lambda: component(account, "c", EndpointName="example"))
    assert (code, "does not support inference components" in message) == ("ValidationException", True)


def test_deletion_goes_from_adapters_to_the_endpoint(account: Account) -> None:
    endpoint(account)
    component(account, "base")
    component(account, "adapter", Specification={"BaseInferenceComponentName": "base"})
    client = account.sagemaker
    refused = error_of(lambda: client.delete_inference_component(InferenceComponentName="base"))
    assert "is a base inference component for one or more associated" in refused[1]
    assert error_of(lambda: client.delete_endpoint(EndpointName="components"))[0] == "ValidationException"
    for name in ("adapter", "base"):
        client.delete_inference_component(InferenceComponentName=name)
    client.delete_endpoint(EndpointName="components")
    assert client.list_inference_components()["InferenceComponents"] == []


def test_a_rolling_update_changes_the_image(account: Account) -> None:
    endpoint(account)
    component(account, "c")
    account.set_clock("manual")
    policy = {"MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1}, "WaitIntervalInSeconds": 60}
    specification = {
        "Container": {"Image": f"{IMAGE}-new"},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
    }
    account.sagemaker.update_inference_component(
        InferenceComponentName="c",
        Specification=specification,
        DeploymentConfig={"RollingUpdatePolicy": policy},
    )
    during = described(account, "c")
    account.advance(1000)
    after = described(account, "c")
    images = [one["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] for one in (during, after)]
    assert images == [IMAGE, f"{IMAGE}-new"]
    assert [one["InferenceComponentStatus"] for one in (during, after)] == ["Updating", "InService"]
    assert after["LastDeploymentConfig"] == {"RollingUpdatePolicy": policy}


def test_a_rollback_keeps_the_specification(account: Account) -> None:
    endpoint(account)
    component(account, "c")
    account.inject_fault("rollback", operation="UpdateInferenceComponent", name="c")
    account.sagemaker.update_inference_component(InferenceComponentName="c", RuntimeConfig={"CopyCount": 2})
    shown = described(account, "c")
    assert (shown["RuntimeConfig"]["DesiredCopyCount"], "rolled back" in shown["FailureReason"]) == (1, True)


def test_an_invocation_names_its_component(account: Account) -> None:
    endpoint(account)
    make(account, "Model", ModelName="hosted")
    needs = {"MinMemoryRequiredInMb": 1024}
    component(account, "c", Specification={"ModelName": "hosted", "ComputeResourceRequirements": needs})
    response = account.runtime.invoke_endpoint(EndpointName="components", InferenceComponentName="c", Body=b"x")
    assert json.loads(response["Body"].read())["model"] == "hosted"
    without = error_of(lambda: account.runtime.invoke_endpoint(EndpointName="components", Body=b"x"))
    assert without[1].startswith("Inference Component Name header is required for endpoints to which you plan")
    unknown = {"EndpointName": "components", "InferenceComponentName": "none", "Body": b"x"}
    assert "not found" in error_of(lambda: account.runtime.invoke_endpoint(**unknown))[1]


def test_a_model_endpoint_refuses_the_header(account: Account) -> None:
    make(account, "Endpoint")
    request = {"EndpointName": "example", "InferenceComponentName": "c", "Body": b"x"}
    assert "header is not allowed" in error_of(lambda: account.runtime.invoke_endpoint(**request))[1]


def test_copies_are_a_scalable_dimension(account: Account) -> None:
    endpoint(account)
    component(account, "c")
    scaling = account.client("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "inference-component/c",
        "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
    missing = {**target, "ResourceId": "inference-component/none", "MinCapacity": 1, "MaxCapacity": 4}
    assert error_of(lambda: scaling.register_scalable_target(**missing))[0] == "ValidationException"
    call(account, "DeleteInferenceComponent", {"InferenceComponentName": "c"})
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
