"""Feature records: what an online store returns, and the records that it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import ROLE, make

GROUP = "example"


@pytest.fixture
def group(account: Account) -> Account:
    """An account with a feature group that has an online store."""
    make(account, "FeatureGroup", OnlineStoreConfig={"EnableOnlineStore": True})
    return account


def put(account: Account, id_: str, time: str, **more: Any) -> None:
    record = [{"FeatureName": "id", "ValueAsString": id_}, {"FeatureName": "time", "ValueAsString": time}]
    account.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName=GROUP, Record=record, **more)


def get(account: Account, id_: str, **more: Any) -> dict[str, str]:
    client = account.client("sagemaker-featurestore-runtime")
    found = client.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString=id_, **more)
    return {one["FeatureName"]: one["ValueAsString"] for one in found.get("Record", [])}


def test_the_newest_event_time_wins(group: Account) -> None:
    put(group, "a", "20")
    put(group, "a", "10")
    assert get(group, "a") == {"id": "a", "time": "20"}
    put(group, "a", "30")
    assert get(group, "a", FeatureNames=["time"]) == {"time": "30"}
    assert get(group, "none") == {}


@pytest.mark.parametrize("mode", ["SoftDelete", "HardDelete"])
def test_deleted_records_are_not_returned(group: Account, mode: str) -> None:
    put(group, "a", "20")
    request = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": "a", "DeletionMode": mode}
    client = group.client("sagemaker-featurestore-runtime")
    client.delete_record(**request, EventTime="10")
    assert get(group, "a") == {"id": "a", "time": "20"}
    client.delete_record(**request, EventTime="30")
    assert get(group, "a") == {}
    put(group, "a", "40")
    assert get(group, "a") == {"id": "a", "time": "40"}


def test_records_expire(group: Account) -> None:
    put(group, "a", "1000", TtlDuration={"Unit": "Hours", "Value": 1})
    assert get(group, "a") == {}


def test_a_batch_reports_missing_groups(group: Account) -> None:
    put(group, "a", "10")
    wanted = [
        {"FeatureGroupName": GROUP, "RecordIdentifiersValueAsString": ["a", "b"]},
        {"FeatureGroupName": "none", "RecordIdentifiersValueAsString": ["a"]},
    ]
    found = group.client("sagemaker-featurestore-runtime").batch_get_record(Identifiers=wanted)
    assert [one["RecordIdentifierValueAsString"] for one in found["Records"]] == ["a"]
    assert [(one["FeatureGroupName"], one["ErrorCode"]) for one in found["Errors"]] == [("none", "ResourceNotFound")]


@pytest.mark.parametrize(
    ("features", "text"),
    [
        ({"id": "a"}, "must have a value of feature time"),
        ({"time": "1"}, "must have a value of feature id"),
        ({"id": "a", "time": "1", "other": "x"}, "Feature other is not defined"),
        ({"id": "a", "time": "today"}, "is not of type Fractional"),
        ({"id": "a", "time": "1767225600000"}, "is not of the form Unix seconds"),
        ({"id": "a", "time": "inf"}, "is not of the form Unix seconds"),
    ],
)
def test_records_that_are_refused(group: Account, features: dict[str, str], text: str) -> None:
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in features.items()]
    client = group.client("sagemaker-featurestore-runtime")
    code, message = error_of(lambda: client.put_record(FeatureGroupName=GROUP, Record=record))
    assert (code, text in message) == ("ValidationError", True), message


def test_a_group_without_an_online_store_has_no_records_to_read(account: Account) -> None:
    offline = {"S3StorageConfig": {"S3Uri": "s3://example/offline"}}
    online = {"EnableOnlineStore": False}
    make(account, "FeatureGroup", OnlineStoreConfig=online, OfflineStoreConfig=offline, RoleArn=ROLE)
    put(account, "a", "1")
    assert error_of(lambda: get(account, "a"))[0] == "ValidationError"


def test_features_have_metadata(group: Account) -> None:
    client = group.sagemaker
    feature = {"FeatureGroupName": GROUP, "FeatureName": "id"}
    client.update_feature_metadata(
        **feature,
        Description="the customer",
        ParameterAdditions=[{"Key": "team", "Value": "a"}, {"Key": "x", "Value": "1"}, {"Value": "no key"}],
    )
    client.update_feature_metadata(**feature, ParameterRemovals=["x"])
    found = client.describe_feature_metadata(**feature)
    assert (found["Description"], found["Parameters"]) == ("the customer", [{"Key": "team", "Value": "a"}])


def test_metrics_of_a_trial_component(account: Account) -> None:
    """What the SDK's Run.log_metric writes, and Search and BatchGetMetrics return."""
    arn = account.sagemaker.create_trial_component(TrialComponentName="run")["TrialComponentArn"]
    data = [{"MetricName": "loss", "Timestamp": 1_767_225_600 + n, "Step": n, "Value": 1 / (n + 1)} for n in range(4)]
    metrics = account.client("sagemaker-metrics")
    assert metrics.batch_put_metrics(TrialComponentName="run", MetricData=data)["Errors"] == []
    (summary,) = account.sagemaker.describe_trial_component(TrialComponentName="run")["Metrics"]
    assert (summary["Count"], summary["Max"], summary["Last"]) == (4, 1.0, 0.25)
    query = {"MetricName": "loss", "ResourceArn": arn, "MetricStat": "Last", "Period": "IterationNumber"}
    (found,) = metrics.batch_get_metrics(MetricQueries=[query | {"XAxisType": "IterationNumber"}])["MetricQueryResults"]
    assert (found["XAxisValues"], found["MetricValues"]) == ([0, 1, 2, 3], [one["Value"] for one in data])
    low = {"Filters": [{"Name": "Metrics.loss.Min", "Operator": "LessThan", "Value": "0.3"}]}
    assert len(account.sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression=low)["Results"]) == 1
