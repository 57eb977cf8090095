"""Endpoints: create, update, rollback, weights, and the operations each status allows."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from emulated.account import Account, error_of
from emulated.recipes import Made, make

from localstack_sagemaker.kinds import endpoints

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def describe(account: Account) -> dict[str, Any]:
    shown: dict[str, Any] = account.sagemaker.describe_endpoint(EndpointName="example")
    return shown


def update(account: Account, config: str = "second", **more: Any) -> None:
    account.sagemaker.update_endpoint(EndpointName="example", EndpointConfigName=config, **more)


@pytest.fixture
def endpoint(account: Account) -> Account:
    """An account with endpoint `example` on configuration `example`, and a configuration `second`."""
    made: dict[str, Made] = {}
    make(account, "Endpoint", made)
    make(account, "EndpointConfig", made, EndpointConfigName="second")
    return account


def test_endpoint_reaches_in_service(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "EndpointConfig", made)
    account.set_clock("manual")
    make(account, "Endpoint", made)
    shown = describe(account)
    assert shown["EndpointStatus"] == "Creating"
    assert "ProductionVariants" not in shown
    account.advance(240)
    shown = describe(account)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    (variant,) = shown["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentWeight"], variant["CurrentInstanceCount"]) == ("main", 1.0, 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"].endswith("/example:1")


def test_update_shows_the_old_config_until_it_completes(endpoint: Account) -> None:
    endpoint.set_clock("manual")
    update(endpoint)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "example")
    assert shown["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    endpoint.advance(300)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "second")
    assert "PendingDeploymentSummary" not in shown


@pytest.mark.parametrize("operation", ["update", "weights", "delete"])
def test_endpoint_cannot_change_during_an_update(endpoint: Account, operation: str) -> None:
    endpoint.set_clock("manual")
    update(endpoint)
    client, name = endpoint.sagemaker, {"EndpointName": "example"}
    weights = [{"VariantName": "main", "DesiredWeight": 1.0}]
    work = {
        "update": lambda: update(endpoint, "example"),
        "weights": lambda: client.update_endpoint_weights_and_capacities(**name, DesiredWeightsAndCapacities=weights),
        "delete": lambda: client.delete_endpoint(**name),
    }[operation]
    arn = endpoint.arn("endpoint/example")
    assert error_of(work) == ("ValidationException", f'Cannot update in-progress endpoint "{arn}".')


def test_failed_endpoint_has_a_reason_and_can_only_be_deleted(account: Account) -> None:
    account.inject_fault("capacity", operation="CreateEndpoint")
    make(account, "Endpoint")
    shown = describe(account)
    assert shown["EndpointStatus"] == "Failed"
    assert "InsufficientInstanceCapacity" in shown["FailureReason"]
    with pytest.raises(WaiterError, match="Failed"):
        account.sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="example", WaiterConfig={"Delay": 0, "MaxAttempts": 2}
        )
    code, message = error_of(lambda: update(account, "example"))
    assert (code, message) == ("ValidationException", f'Cannot update failed endpoint "{shown["EndpointArn"]}".')
    account.sagemaker.delete_endpoint(EndpointName="example")
    assert account.sagemaker.list_endpoints()["Endpoints"] == []


def test_silent_rollback_keeps_the_old_config_in_service(endpoint: Account) -> None:
    endpoint.inject_fault("rollback", operation="UpdateEndpoint")
    update(endpoint)
    endpoint.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="example")
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    assert shown["FailureReason"].startswith("The update was rolled back")
    update(endpoint)
    shown = describe(endpoint)
    assert shown["EndpointConfigName"] == "second"
    assert "FailureReason" not in shown


def test_rollback_passes_through_rolling_back(endpoint: Account) -> None:
    endpoint.set_clock("manual")
    endpoint.inject_fault("rolling_back", operation="UpdateEndpoint")
    update(endpoint)
    seen = [describe(endpoint)["EndpointStatus"]]
    for _ in range(2):
        endpoint.advance(600)
        shown = describe(endpoint)
        seen.append(shown["EndpointStatus"])
    assert seen == ["Updating", "RollingBack", "InService"]
    assert shown["EndpointConfigName"] == "example"
    assert shown["FailureReason"].startswith("The update was rolled back")


def test_weights_are_rolled_back_to_those_before(endpoint: Account) -> None:
    endpoint.inject_fault("rolling_back", operation="UpdateEndpointWeightsAndCapacities")
    wanted = [{"VariantName": "main", "DesiredInstanceCount": 3}]
    before = describe(endpoint)["ProductionVariants"]
    endpoint.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="example", DesiredWeightsAndCapacities=wanted
    )
    assert describe(endpoint)["ProductionVariants"] == before


@pytest.mark.parametrize("noun", ["endpoint configuration", "model"])
def test_endpoint_whose_live_part_was_deleted_cannot_be_updated(endpoint: Account, noun: str) -> None:
    client = endpoint.sagemaker
    if noun == "model":
        client.delete_model(ModelName="example")
        arn = endpoint.arn("model/example")
    else:
        client.delete_endpoint_config(EndpointConfigName="example")
        arn = endpoint.arn("endpoint-config/example")
    update_endpoint = partial(client.update_endpoint, EndpointName="example", EndpointConfigName="second")
    assert error_of(update_endpoint) == ("ValidationException", f'Could not find {noun} "{arn}".')


ROLLBACK = {
    "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}},
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "quiet"}, {"AlarmName": "alarming"}]},
}


@pytest.mark.parametrize(("state", "config"), [("OK", "second"), ("INSUFFICIENT_DATA", "second"), ("ALARM", "example")])
def test_alarm_state_rolls_an_update_back(endpoint: Account, state: str, config: str) -> None:
    cloudwatch = endpoint.client("cloudwatch")
    for name in ("quiet", "alarming"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="Invocation5XXErrors",
            Namespace="AWS/SageMaker",
            Period=3600,
            Statistic="Average",
            Threshold=1.0,
            TreatMissingData="ignore",
        )
    cloudwatch.set_alarm_state(AlarmName="quiet", StateValue="OK", StateReason="test")
    cloudwatch.set_alarm_state(AlarmName="alarming", StateValue=state, StateReason="test")
    update(endpoint, DeploymentConfig=ROLLBACK)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", config)
    assert ("alarm alarming" in shown.get("FailureReason", "")) == (state == "ALARM")


def test_deployment_config_is_retained(endpoint: Account) -> None:
    update(endpoint, DeploymentConfig=ROLLBACK)
    assert describe(endpoint)["LastDeploymentConfig"] == ROLLBACK
    update(endpoint, "example", RetainDeploymentConfig=True)
    assert describe(endpoint)["LastDeploymentConfig"] == ROLLBACK
    update(endpoint)
    assert "LastDeploymentConfig" not in describe(endpoint)


def routing(**more: Any) -> dict[str, Any]:
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 0, **more}}}


STEP = {"Type": "CAPACITY_PERCENT", "Value": 50}
ROLLING = {"RollingUpdatePolicy": {"MaximumBatchSize": STEP, "WaitIntervalInSeconds": 0}}
INVALID_DEPLOYMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "canary without size": (routing(Type="CANARY"), "CanarySize must be specified"),
    "linear without step": (routing(Type="LINEAR"), "LinearStepSize must be specified"),
    "size without canary": (routing(Type="ALL_AT_ONCE", CanarySize=STEP), "CanarySize can only be specified"),
    "both": ({**routing(Type="ALL_AT_ONCE"), **ROLLING}, "Only one of"),
}


@pytest.mark.parametrize(("deployment", "text"), INVALID_DEPLOYMENTS.values(), ids=INVALID_DEPLOYMENTS.keys())
def test_invalid_deployment_config_changes_nothing(endpoint: Account, deployment: Any, text: str) -> None:
    code, message = error_of(lambda: update(endpoint, DeploymentConfig=deployment))
    assert code == "ValidationException"
    assert text in message
    assert describe(endpoint)["EndpointConfigName"] == "example"


def test_rolling_update_requires_one_variant(endpoint: Account) -> None:
    client = endpoint.sagemaker
    two = [{"VariantName": name, "ModelName": "example", **INSTANCES} for name in ("a", "b")]
    client.create_endpoint_config(EndpointConfigName="two", ProductionVariants=two)
    assert "multiple variants" in error_of(lambda: update(endpoint, "two", DeploymentConfig=ROLLING))[1]
    client.create_endpoint_config(
        EndpointConfigName="one", ProductionVariants=[{**two[0], "VariantName": "main", "InitialInstanceCount": 2}]
    )
    update(endpoint, "one", DeploymentConfig=ROLLING)
    assert describe(endpoint)["LastDeploymentConfig"] == ROLLING


def capacity(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def instances(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


@pytest.mark.parametrize(
    ("deployment", "count", "accepted"),
    [
        (routing(Type="CANARY", CanarySize=capacity(50)), 1, False),
        (routing(Type="CANARY", CanarySize=capacity(1)), 2, True),
        (routing(Type="CANARY", CanarySize=capacity(50)), 3, True),
        (routing(Type="CANARY", CanarySize=instances(2)), 3, False),
        (routing(Type="LINEAR", LinearStepSize=instances(1)), 1, False),
        (routing(Type="LINEAR", LinearStepSize=instances(1)), 10, True),
        (routing(Type="LINEAR", LinearStepSize=instances(1)), 11, False),
        (routing(Type="LINEAR", LinearStepSize=capacity(9)), 4, False),
        (routing(Type="ALL_AT_ONCE"), 1, True),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": instances(1), "WaitIntervalInSeconds": 0}}, 1, False),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": instances(1), "WaitIntervalInSeconds": 0}}, 20, True),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": instances(1), "WaitIntervalInSeconds": 0}}, 21, False),
    ],
)
def test_step_is_a_share_of_the_instances(endpoint: Account, deployment: Any, count: int, accepted: bool) -> None:
    variant = {"VariantName": "main", "ModelName": "example", **INSTANCES, "InitialInstanceCount": count}
    endpoint.sagemaker.create_endpoint_config(EndpointConfigName="sized", ProductionVariants=[variant])
    if accepted:
        update(endpoint, "sized", DeploymentConfig=deployment)
    else:
        code, message = error_of(lambda: update(endpoint, "sized", DeploymentConfig=deployment))
        assert code == "ValidationException"
        assert "of the total instance count of variant main" in message
    assert describe(endpoint)["EndpointConfigName"] == ("sized" if accepted else "example")


@pytest.mark.parametrize("start", ["instances", "serverless"])
def test_endpoint_cannot_switch_between_serverless_and_instances(account: Account, start: str) -> None:
    make(account, "Model")
    capacities = {
        "instances": INSTANCES,
        "serverless": {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}},
    }
    for name, capacity in capacities.items():
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{"VariantName": "main", "ModelName": "example", **capacity}]
        )
    account.sagemaker.create_endpoint(EndpointName="example", EndpointConfigName=start)
    (other,) = set(capacities) - {start}
    code, message = error_of(lambda: update(account, other))
    assert code == "ValidationException"
    assert "cannot be updated from" in message


def update_weights(account: Account, *wanted: dict[str, Any]) -> None:
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="example", DesiredWeightsAndCapacities=list(wanted)
    )


def test_update_weights_and_counts(endpoint: Account) -> None:
    endpoint.set_clock("manual")
    update_weights(endpoint, {"VariantName": "main", "DesiredWeight": 3.0, "DesiredInstanceCount": 4})
    shown = describe(endpoint)
    assert shown["EndpointStatus"] == "Updating"
    assert (
        shown["ProductionVariants"][0]["DesiredWeight"],
        shown["ProductionVariants"][0]["DesiredInstanceCount"],
    ) == (
        3.0,
        4,
    )
    endpoint.advance(120)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    assert (
        shown["ProductionVariants"][0]["CurrentWeight"],
        shown["ProductionVariants"][0]["CurrentInstanceCount"],
    ) == (
        3.0,
        4,
    )


def test_update_weights_of_unknown_variant(endpoint: Account) -> None:
    code, message = error_of(lambda: update_weights(endpoint, {"VariantName": "none", "DesiredWeight": 1.0}))
    assert code == "ValidationException"
    assert "Could not find variant none" in message


@pytest.mark.parametrize("retain", [True, False])
def test_update_can_retain_weights_and_counts(endpoint: Account, retain: bool) -> None:
    update_weights(endpoint, {"VariantName": "main", "DesiredWeight": 3.0, "DesiredInstanceCount": 4})
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    more = {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": excluded} if retain else {}
    update(endpoint, **more)
    (variant,) = describe(endpoint)["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == (4 if retain else 1)
    assert variant["CurrentWeight"] == 1.0


def test_config_and_model_in_use_can_be_deleted(endpoint: Account) -> None:
    endpoint.sagemaker.delete_endpoint_config(EndpointConfigName="example")
    endpoint.sagemaker.delete_model(ModelName="example")
    assert describe(endpoint)["EndpointStatus"] == "InService"


def test_update_to_a_deleted_config_is_rolled_back(endpoint: Account) -> None:
    endpoint.set_clock("manual")
    update(endpoint)
    endpoint.sagemaker.delete_endpoint_config(EndpointConfigName="second")
    endpoint.advance(300)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    assert "Could not find endpoint configuration" in shown["FailureReason"]


def test_endpoint_describes_its_data_capture(account: Account) -> None:
    make(account, "Model")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 30,
        "DestinationS3Uri": "s3://example/capture",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[{"VariantName": "main", "ModelName": "example", **INSTANCES}],
        DataCaptureConfig=capture,
    )
    account.sagemaker.create_endpoint(EndpointName="example", EndpointConfigName="c")
    shown = describe(account)["DataCaptureConfig"]
    assert (shown["CaptureStatus"], shown["CurrentSamplingPercentage"]) == ("Started", 30)


@pytest.mark.parametrize(("deployed", "status"), [(None, "Creating"), ({"variants": [], "shadows": []}, "Updating")])
def test_an_endpoint_is_in_service_when_its_deployment_has_ended(deployed: dict[str, Any] | None, status: str) -> None:
    """Reads are served while the end of a deployment waits for other services."""
    following = {"config": "c", "variants": []}
    private = {"deployed": deployed and {"config": "c", "capture": None, **deployed}, "next": following}
    record: Any = SimpleNamespace(private=private, modified=0.0)
    call: Any = None
    attributes = {"EndpointStatus": "InService"}
    endpoints._on_describe(call, record, attributes)
    assert attributes["EndpointStatus"] == status
    del private["next"]
    attributes = {"EndpointStatus": "InService"}
    endpoints._on_describe(call, record, attributes)
    assert attributes["EndpointStatus"] == "InService"
