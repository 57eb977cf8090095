"""Application Auto Scaling: targets on endpoint variants, policies with their alarms, scheduled actions, tags."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import make

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/example/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "TargetValue": 100.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}


@pytest.fixture
def scaling(account: Account) -> Any:
    """The client, in an account with endpoint `example`."""
    make(account, "Endpoint")
    return account.client("application-autoscaling")


def register(scaling: Any, **more: Any) -> str:
    return str(scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4, **more)["ScalableTargetARN"])


def put(scaling: Any, **tracking: Any) -> Any:
    return scaling.put_scaling_policy(
        **TARGET,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**TRACKING, **tracking},
    )


def test_register_update_and_deregister_target(account: Account, scaling: Any) -> None:
    arn = register(scaling, Tags={"owner": "me"})
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert target["ScalableTargetARN"] == arn
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["RoleARN"] == (
        f"arn:aws:iam::{account.number}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    assert scaling.register_scalable_target(**TARGET, MaxCapacity=8)["ScalableTargetARN"] == arn
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 8)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert error_of(lambda: scaling.deregister_scalable_target(**TARGET)) == (
        "ObjectNotFoundException",
        "No scalable target found for service namespace: sagemaker, resource ID: endpoint/example/variant/main, "
        "scalable dimension: sagemaker:variant:DesiredInstanceCount",
    )


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        ("endpoint/none/variant/main", "Endpoint or variant does not exist"),
        ("endpoint/example/variant/none", "Endpoint or variant does not exist"),
        ("example", "is not of the form endpoint/ENDPOINT_NAME/variant/VARIANT_NAME"),
    ],
)
def test_target_must_be_an_existing_variant(scaling: Any, resource: str, text: str) -> None:
    target = {**TARGET, "ResourceId": resource}
    code, message = error_of(lambda: scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2))
    assert code == "ValidationException"
    assert text in message


def test_burstable_and_serverless_variants_are_rejected(account: Account) -> None:
    make(account, "Model")
    variants_by_name = {
        "burstable": {"InstanceType": "ml.t2.medium", "InitialInstanceCount": 1},
        "serverless": {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}},
    }
    scaling = account.client("application-autoscaling")
    for name, capacity in variants_by_name.items():
        variants = [{"VariantName": "main", "ModelName": "example", **capacity}]
        account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        target = {**TARGET, "ResourceId": f"endpoint/{name}/variant/main"}
        register_it = lambda target=target: scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)  # noqa: E731
        assert error_of(register_it)[0] == "ValidationException"


@pytest.mark.parametrize("bounds", [(3, 2), (-1, 2), (None, 2)])
def test_invalid_capacity_bounds_are_rejected(scaling: Any, bounds: tuple[int | None, int]) -> None:
    low, high = bounds
    more = {"MaxCapacity": high} | ({} if low is None else {"MinCapacity": low})
    assert error_of(lambda: scaling.register_scalable_target(**TARGET, **more))[0] == "ValidationException"


def test_policy_creates_and_deletes_its_alarms(account: Account, scaling: Any) -> None:
    register(scaling)
    response = put(scaling)
    names = [one["AlarmName"] for one in response["Alarms"]]
    alarms = account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    shown = {one["ComparisonOperator"]: (one["MetricName"], one["Threshold"]) for one in alarms}
    assert shown == {
        "GreaterThanThreshold": ("InvocationsPerInstance", 100.0),
        "LessThanThreshold": ("InvocationsPerInstance", 90.0),
    }
    again = put(scaling, TargetValue=50.0)
    assert (again["PolicyARN"], again["Alarms"]) == (response["PolicyARN"], response["Alarms"])
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0
    only_out = put(scaling, DisableScaleIn=True)
    assert len(only_out["Alarms"]) == 1
    scaling.deregister_scalable_target(**TARGET)
    assert account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_policy_requires_a_target_and_one_metric(scaling: Any) -> None:
    assert error_of(lambda: put(scaling))[0] == "ObjectNotFoundException"
    register(scaling)
    custom = {"MetricName": "m", "Namespace": "n", "Statistic": "Average"}
    assert "Exactly one of" in error_of(lambda: put(scaling, CustomizedMetricSpecification=custom))[1]
    assert error_of(lambda: scaling.delete_scaling_policy(**TARGET, PolicyName="none"))[0] == "ObjectNotFoundException"


def test_put_update_and_delete_scheduled_action(scaling: Any) -> None:
    register(scaling)
    name = {**TARGET, "ScheduledActionName": "night"}
    assert "Schedule is required" in error_of(lambda: scaling.put_scheduled_action(**name))[1]
    scaling.put_scheduled_action(**name, Schedule="cron(0 20 * * ? *)", ScalableTargetAction={"MaxCapacity": 1})
    scaling.put_scheduled_action(**name, ScalableTargetAction={"MaxCapacity": 2})
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert (action["Schedule"], action["ScalableTargetAction"]) == ("cron(0 20 * * ? *)", {"MaxCapacity": 2})
    scaling.delete_scheduled_action(**name)
    assert scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"] == []


def test_tags(scaling: Any) -> None:
    arn = register(scaling, Tags={"a": "1"})
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    unknown = arn[:-4] + "none"
    assert error_of(lambda: scaling.list_tags_for_resource(ResourceARN=unknown))[0] == "ResourceNotFoundException"


def test_deleted_endpoint_has_no_target_policy_or_alarm(account: Account, scaling: Any) -> None:
    register(scaling)
    put(scaling)
    account.sagemaker.delete_endpoint(EndpointName="example")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    assert account.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize("change", [{"InstanceType": "ml.m5.xlarge"}, {"VariantName": "other"}])
def test_scaled_variant_keeps_its_name_and_instance_type(
    account: Account, scaling: Any, change: dict[str, str]
) -> None:
    client = account.sagemaker
    register(scaling)
    (variant,) = client.describe_endpoint_config(EndpointConfigName="example")["ProductionVariants"]

    def update() -> Any:
        return client.update_endpoint(EndpointName="example", EndpointConfigName="changed")

    client.create_endpoint_config(EndpointConfigName="changed", ProductionVariants=[{**variant, **change}])
    code, message = error_of(update)
    assert code == "ValidationException"
    assert message.startswith('The variant(s) "[main]" must be deregistered as scalable targets')
    scaling.deregister_scalable_target(**TARGET)
    update()
