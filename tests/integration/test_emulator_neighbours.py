"""The plug-in's fixes to LocalStack's own services, so that the modules' alarms and VPC endpoints show no drift."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modproof.emulator import Emulator

REGION = "eu-west-1"
ALARM = {
    "AlarmName": "calm",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocations",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
}


@pytest.fixture
def session(emulator: Emulator) -> Any:
    return emulator.session(emulator.new_account(), REGION)


def test_an_alarm_keeps_the_tags_that_it_was_made_with_and_takes_no_others(session: Any) -> None:
    cloudwatch = session.client("cloudwatch")

    def tags() -> dict[str, str]:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["calm"])["MetricAlarms"]
        found = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "Owner", "Value": "first"}])
    assert tags() == {"Owner": "first"}
    cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 2}, Tags=[{"Key": "Owner", "Value": "second"}])
    assert tags() == {"Owner": "first"}
    cloudwatch.delete_alarms(AlarmNames=["calm"])
    cloudwatch.put_metric_alarm(**ALARM)
    assert tags() == {}


def test_a_composite_alarm_keeps_its_tags(session: Any) -> None:
    cloudwatch = session.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM)
    made = {"AlarmName": "both", "AlarmRule": "ALARM(calm)", "Tags": [{"Key": "Owner", "Value": "first"}]}
    cloudwatch.put_composite_alarm(**made)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == made["Tags"]


def test_the_policy_of_a_vpc_endpoint_is_answered_as_it_was_given(session: Any) -> None:
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, PolicyDocument=json.dumps(POLICY))["VpcEndpoint"]
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"]
    assert json.loads(found["PolicyDocument"]) == POLICY
