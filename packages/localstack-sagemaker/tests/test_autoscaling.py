"""Application Auto Scaling: targets on endpoint variants, policies with their alarms, scheduled actions, tags."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, refused
from emulated.recipes import make

PLACE = {
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
    return str(scaling.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4, **more)["ScalableTargetARN"])


def put(scaling: Any, **tracking: Any) -> Any:
    return scaling.put_scaling_policy(
        **PLACE,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**TRACKING, **tracking},
    )


def test_a_target_is_registered_changed_and_deregistered(account: Account, scaling: Any) -> None:
    arn = register(scaling, Tags={"owner": "me"})
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert target["ScalableTargetARN"] == arn
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["RoleARN"] == (
        f"arn:aws:iam::{account.number}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    assert scaling.register_scalable_target(**PLACE, MaxCapacity=8)["ScalableTargetARN"] == arn
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 8)
    scaling.deregister_scalable_target(**PLACE)
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert refused(lambda: scaling.deregister_scalable_target(**PLACE)) == (
        "ObjectNotFoundException",
        "No scalable target found for service namespace: sagemaker, resource ID: endpoint/example/variant/main, "
        "scalable dimension: sagemaker:variant:DesiredInstanceCount",
    )


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("endpoint/none/variant/main", "Endpoint or variant does not exist"),
        ("endpoint/example/variant/none", "Endpoint or variant does not exist"),
        ("example", "is not of the form endpoint/ENDPOINT_NAME/variant/VARIANT_NAME"),
    ],
)
def test_a_target_is_a_variant_that_is_there(scaling: Any, resource: str, words: str) -> None:
    place = {**PLACE, "ResourceId": resource}
    code, message = refused(lambda: scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=2))
    assert code == "ValidationException"
    assert words in message


def test_burstable_and_serverless_variants_do_not_scale(account: Account) -> None:
    make(account, "Model")
    ways = {
        "burstable": {"InstanceType": "ml.t2.medium", "InitialInstanceCount": 1},
        "serverless": {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}},
    }
    scaling = account.client("application-autoscaling")
    for name, way in ways.items():
        variants = [{"VariantName": "main", "ModelName": "example", **way}]
        account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        place = {**PLACE, "ResourceId": f"endpoint/{name}/variant/main"}
        register_it = lambda place=place: scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=2)  # noqa: E731
        assert refused(register_it)[0] == "ValidationException"


@pytest.mark.parametrize("bounds", [(3, 2), (-1, 2), (None, 2)])
def test_bounds_must_make_sense(scaling: Any, bounds: tuple[int | None, int]) -> None:
    low, high = bounds
    more = {"MaxCapacity": high} | ({} if low is None else {"MinCapacity": low})
    assert refused(lambda: scaling.register_scalable_target(**PLACE, **more))[0] == "ValidationException"


def test_a_policy_brings_its_alarms_and_takes_them_away(account: Account, scaling: Any) -> None:
    register(scaling)
    answer = put(scaling)
    names = [one["AlarmName"] for one in answer["Alarms"]]
    alarms = account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    shown = {one["ComparisonOperator"]: (one["MetricName"], one["Threshold"]) for one in alarms}
    assert shown == {
        "GreaterThanThreshold": ("InvocationsPerInstance", 100.0),
        "LessThanThreshold": ("InvocationsPerInstance", 90.0),
    }
    again = put(scaling, TargetValue=50.0)
    assert (again["PolicyARN"], again["Alarms"]) == (answer["PolicyARN"], answer["Alarms"])
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0
    only_out = put(scaling, DisableScaleIn=True)
    assert len(only_out["Alarms"]) == 1
    scaling.deregister_scalable_target(**PLACE)
    assert account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_a_policy_needs_its_target_and_one_metric(scaling: Any) -> None:
    assert refused(lambda: put(scaling))[0] == "ObjectNotFoundException"
    register(scaling)
    custom = {"MetricName": "m", "Namespace": "n", "Statistic": "Average"}
    assert "Exactly one of" in refused(lambda: put(scaling, CustomizedMetricSpecification=custom))[1]
    assert refused(lambda: scaling.delete_scaling_policy(**PLACE, PolicyName="none"))[0] == "ObjectNotFoundException"


def test_a_scheduled_action_is_put_changed_and_deleted(scaling: Any) -> None:
    register(scaling)
    name = {**PLACE, "ScheduledActionName": "night"}
    assert "Schedule is required" in refused(lambda: scaling.put_scheduled_action(**name))[1]
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
    assert refused(lambda: scaling.list_tags_for_resource(ResourceARN=unknown))[0] == "ResourceNotFoundException"
