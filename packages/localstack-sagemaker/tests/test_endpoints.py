"""Endpoints: created, updated, rolled back, re-weighted, and what each status allows."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import WaiterError
from emulated.account import Account, refused
from emulated.recipes import Made, make

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


def test_an_endpoint_comes_into_service(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "EndpointConfig", made)
    account.clock("manual")
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


def test_an_update_shows_the_old_configuration_until_it_is_done(endpoint: Account) -> None:
    endpoint.clock("manual")
    update(endpoint)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "example")
    assert shown["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    endpoint.advance(300)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "second")
    assert "PendingDeploymentSummary" not in shown


@pytest.mark.parametrize("operation", ["update", "weights", "delete"])
def test_an_endpoint_on_its_way_is_left_alone(endpoint: Account, operation: str) -> None:
    endpoint.clock("manual")
    update(endpoint)
    client, name = endpoint.sagemaker, {"EndpointName": "example"}
    weights = [{"VariantName": "main", "DesiredWeight": 1.0}]
    work = {
        "update": lambda: update(endpoint, "example"),
        "weights": lambda: client.update_endpoint_weights_and_capacities(**name, DesiredWeightsAndCapacities=weights),
        "delete": lambda: client.delete_endpoint(**name),
    }[operation]
    arn = endpoint.arn("endpoint/example")
    assert refused(work) == ("ValidationException", f'Cannot update in-progress endpoint "{arn}".')


def test_a_failed_endpoint_says_why_and_can_only_go(account: Account) -> None:
    account.fault("capacity", operation="CreateEndpoint")
    make(account, "Endpoint")
    shown = describe(account)
    assert shown["EndpointStatus"] == "Failed"
    assert "InsufficientInstanceCapacity" in shown["FailureReason"]
    with pytest.raises(WaiterError, match="Failed"):
        account.sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="example", WaiterConfig={"Delay": 0, "MaxAttempts": 2}
        )
    code, message = refused(lambda: update(account, "example"))
    assert (code, message) == ("ValidationException", f'Cannot update failed endpoint "{shown["EndpointArn"]}".')
    account.sagemaker.delete_endpoint(EndpointName="example")
    assert account.sagemaker.list_endpoints()["Endpoints"] == []


def test_a_silent_rollback_keeps_the_old_configuration_in_service(endpoint: Account) -> None:
    endpoint.fault("rollback", operation="UpdateEndpoint")
    update(endpoint)
    endpoint.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="example")
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    assert shown["FailureReason"].startswith("The update was rolled back")
    update(endpoint)
    shown = describe(endpoint)
    assert shown["EndpointConfigName"] == "second"
    assert "FailureReason" not in shown


ROLLBACK = {
    "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}},
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "quiet"}, {"AlarmName": "loud"}]},
}


@pytest.mark.parametrize(("state", "config"), [("OK", "second"), ("INSUFFICIENT_DATA", "second"), ("ALARM", "example")])
def test_an_alarm_rolls_an_update_back_only_when_it_rings(endpoint: Account, state: str, config: str) -> None:
    cloudwatch = endpoint.client("cloudwatch")
    for name in ("quiet", "loud"):
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
    cloudwatch.set_alarm_state(AlarmName="loud", StateValue=state, StateReason="test")
    update(endpoint, DeploymentConfig=ROLLBACK)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", config)
    assert ("alarm loud" in shown.get("FailureReason", "")) == (state == "ALARM")


def test_a_deployment_is_kept_for_the_next_one(endpoint: Account) -> None:
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
BAD_DEPLOYMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "canary without size": (routing(Type="CANARY"), "CanarySize must be specified"),
    "linear without step": (routing(Type="LINEAR"), "LinearStepSize must be specified"),
    "size without canary": (routing(Type="ALL_AT_ONCE", CanarySize=STEP), "CanarySize can only be specified"),
    "both": ({**routing(Type="ALL_AT_ONCE"), **ROLLING}, "Only one of"),
}


@pytest.mark.parametrize(("deployment", "words"), BAD_DEPLOYMENTS.values(), ids=BAD_DEPLOYMENTS.keys())
def test_a_deployment_that_aws_refuses_changes_nothing(endpoint: Account, deployment: Any, words: str) -> None:
    code, message = refused(lambda: update(endpoint, DeploymentConfig=deployment))
    assert code == "ValidationException"
    assert words in message
    assert describe(endpoint)["EndpointConfigName"] == "example"


def test_rolling_wants_one_variant_on_instances(endpoint: Account) -> None:
    client = endpoint.sagemaker
    two = [{"VariantName": name, "ModelName": "example", **INSTANCES} for name in ("a", "b")]
    client.create_endpoint_config(EndpointConfigName="two", ProductionVariants=two)
    assert "multiple variants" in refused(lambda: update(endpoint, "two", DeploymentConfig=ROLLING))[1]
    update(endpoint, DeploymentConfig=ROLLING)
    assert describe(endpoint)["LastDeploymentConfig"] == ROLLING


@pytest.mark.parametrize("start", ["instances", "serverless"])
def test_an_endpoint_does_not_change_its_kind(account: Account, start: str) -> None:
    make(account, "Model")
    ways = {"instances": INSTANCES, "serverless": {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}}
    for name, way in ways.items():
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{"VariantName": "main", "ModelName": "example", **way}]
        )
    account.sagemaker.create_endpoint(EndpointName="example", EndpointConfigName=start)
    (other,) = set(ways) - {start}
    code, message = refused(lambda: update(account, other))
    assert code == "ValidationException"
    assert "cannot be updated from" in message


def reweigh(account: Account, *wanted: dict[str, Any]) -> None:
    account.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="example", DesiredWeightsAndCapacities=list(wanted)
    )


def test_weights_and_counts_move(endpoint: Account) -> None:
    endpoint.clock("manual")
    reweigh(endpoint, {"VariantName": "main", "DesiredWeight": 3.0, "DesiredInstanceCount": 4})
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


def test_weights_of_a_variant_that_is_not_there(endpoint: Account) -> None:
    code, message = refused(lambda: reweigh(endpoint, {"VariantName": "none", "DesiredWeight": 1.0}))
    assert code == "ValidationException"
    assert "Could not find variant none" in message


@pytest.mark.parametrize("retain", [True, False])
def test_an_update_may_keep_weights_and_counts(endpoint: Account, retain: bool) -> None:
    reweigh(endpoint, {"VariantName": "main", "DesiredWeight": 3.0, "DesiredInstanceCount": 4})
    excluded = [{"VariantPropertyType": "DesiredWeight"}]
    more = {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": excluded} if retain else {}
    update(endpoint, **more)
    (variant,) = describe(endpoint)["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == (4 if retain else 1)
    assert variant["CurrentWeight"] == 1.0


def test_what_an_endpoint_needs_may_be_deleted_as_aws_allows(endpoint: Account) -> None:
    endpoint.sagemaker.delete_endpoint_config(EndpointConfigName="example")
    endpoint.sagemaker.delete_model(ModelName="example")
    assert describe(endpoint)["EndpointStatus"] == "InService"


def test_an_update_to_a_configuration_without_its_model_is_undone(endpoint: Account) -> None:
    endpoint.clock("manual")
    update(endpoint)
    endpoint.sagemaker.delete_endpoint_config(EndpointConfigName="second")
    endpoint.advance(300)
    shown = describe(endpoint)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "example")
    assert "Could not find endpoint configuration" in shown["FailureReason"]


def test_capture_is_described_as_what_runs(account: Account) -> None:
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
