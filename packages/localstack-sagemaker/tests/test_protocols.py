"""Calls in the protocols of current SDKs: botocore's JSON for CloudWatch, and the CBOR of the SDKs for Go and Java."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from emulated.account import Account
from emulated.recipes import make

NOW = datetime.now(UTC)
DIMENSIONS = [{"Name": "Endpoint", "Value": "demo"}]
METRIC = {"Namespace": "Demo", "MetricName": "Errors", "Dimensions": DIMENSIONS}
SPAN = {"StartTime": NOW - timedelta(hours=1), "EndTime": NOW + timedelta(minutes=5)}
ALARM = {
    **METRIC,
    "AlarmName": "calm",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.5,
    "ComparisonOperator": "GreaterThanThreshold",
}
TARGETS = {
    "cloudwatch": "GraniteServiceVersion20100801",
    "resourcegroupstaggingapi": "ResourceGroupsTaggingAPI_20170126",
}


class Newer(Loader):
    """botocore's models, with the protocol of a later version."""

    protocol = ""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if service_name not in TARGETS or type_name != "service-2":
            return model
        newer = {
            "protocol": self.protocol,
            "protocols": [self.protocol],
            "targetPrefix": TARGETS[service_name],
            "jsonVersion": "1.0",
            **({"awsQueryCompatible": {}} if service_name == "cloudwatch" else {}),
        }
        return {**model, "metadata": {**model["metadata"], **newer}}


def _client(account: Account, service: str, protocol: str) -> Any:
    loader = Newer()
    loader.protocol = protocol
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    return session.create_client(
        service,
        account.region,
        endpoint_url=account.url,
        aws_access_key_id=account.number,
        aws_secret_access_key="none",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_cloudwatch_has_metrics_alarms_and_dashboards_in_each_protocol(account: Account, protocol: str) -> None:
    client = _client(account, "cloudwatch", protocol)
    point = {"MetricName": "Errors", "Dimensions": DIMENSIONS, "Value": 3.5, "Timestamp": NOW}
    # long enough that botocore compresses the request
    long = [{"Name": f"Long{number}", "Value": "x" * 1024} for number in range(12)]
    client.put_metric_data(Namespace="Demo", MetricData=[point, {**point, "MetricName": "Long", "Dimensions": long}])
    statistics = client.get_metric_statistics(**METRIC, **SPAN, Period=60, Statistics=["Sum"])["Datapoints"]
    assert [(one["Sum"], abs(one["Timestamp"] - NOW) < timedelta(minutes=2)) for one in statistics] == [(3.5, True)]
    query = {"Id": "q", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum"}}
    (result,) = client.get_metric_data(MetricDataQueries=[query], **SPAN)["MetricDataResults"]
    assert (result["Values"], len(result["Timestamps"])) == ([3.5], 1)

    client.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "risk"}])
    (alarm,) = client.describe_alarms(AlarmNames=["calm"])["MetricAlarms"]
    assert {name: alarm[name] for name in ALARM} == ALARM
    assert alarm["ActionsEnabled"] is True
    assert abs(alarm["StateUpdatedTimestamp"] - NOW) < timedelta(hours=1)
    arn = alarm["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "dev"}])
    client.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": "dev"}]

    client.put_dashboard(DashboardName="demo", DashboardBody='{"widgets":[]}')
    assert client.get_dashboard(DashboardName="demo")["DashboardBody"] == '{"widgets":[]}'
    client.delete_alarms(AlarmNames=["calm"])
    assert client.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_errors_of_cloudwatch_have_the_same_codes_in_each_protocol(account: Account, protocol: str) -> None:
    client = _client(account, "cloudwatch", protocol)
    with pytest.raises(ClientError) as unknown:
        client.set_alarm_state(AlarmName="unknown", StateValue="OK", StateReason="none")
    with pytest.raises(client.exceptions.InvalidParameterCombinationException) as both:
        client.put_metric_data(Namespace="Demo", MetricData=[{"MetricName": "m", "Value": 1.0, "Values": [1.0]}])
    codes = [error.value.response["Error"]["Code"] for error in (unknown, both)]
    assert codes == ["ResourceNotFound", "InvalidParameterCombination"]
    assert "mutually exclusive" in both.value.response["Error"]["Message"]


def test_a_translated_body_that_is_not_cbor_is_a_400(account: Account) -> None:
    sent = urllib.request.Request(
        f"{account.url}/service/{TARGETS['resourcegroupstaggingapi']}/operation/TagResources",
        b"\xff",
        {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={account.number}/20260101/{account.region}/x/aws4_request",
            "Content-Type": "application/cbor",
            "Smithy-Protocol": "rpc-v2-cbor",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(sent, timeout=60)
    assert refused.value.code == 400
    assert b"SerializationException" in refused.value.read()


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor"])
def test_the_tagging_api_answers_in_each_protocol(account: Account, protocol: str) -> None:
    client = _client(account, "resourcegroupstaggingapi", protocol)
    tags = [{"Key": "team", "Value": "risk"}]
    arn = make(account, "Model", Tags=tags)["ModelArn"]
    assert client.get_resources()["ResourceTagMappingList"] == [{"ResourceARN": arn, "Tags": tags}]
