"""State-change events on EventBridge have the format of AWS's events."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from emulated.account import Account, wait_for
from emulated.recipes import KINDS, Made, call, key_of, make

JOB = ["InProgress", "Completed"]
EVENTS = {
    "Endpoint": ("Endpoint", "EndpointStatus", ["CREATING", "IN_SERVICE"]),
    "NotebookInstance": ("Notebook Instance", "NotebookInstanceStatus", ["Pending", "InService"]),
    "TrainingJob": ("Training Job", "TrainingJobStatus", JOB),
    "ProcessingJob": ("Processing Job", "ProcessingJobStatus", JOB),
    "TransformJob": ("Transform Job", "TransformJobStatus", JOB),
    "HyperParameterTuningJob": ("HyperParameter Tuning Job", "HyperParameterTuningJobStatus", JOB),
    "ModelPackage": ("Model Package", "ModelPackageStatus", ["Pending", "InProgress", "Completed"]),
}


def subscribe(account: Account, pattern: dict[str, Any]) -> str:
    """Send matching events to a queue; return its URL."""
    queue = account.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = account.arn("events", "sqs")
    account.client("events").put_rule(Name="rule", EventPattern=json.dumps({"source": ["aws.sagemaker"], **pattern}))
    account.client("events").put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def received(account: Account, queue: str, count: int) -> list[dict[str, Any]]:
    """Wait for `count` events."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        messages = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        found.extend(json.loads(one["Body"]) for one in messages)
        return len(found) >= count

    wait_for(look)
    return found


@pytest.mark.parametrize("noun", EVENTS)
def test_each_status_sends_an_event(account: Account, noun: str) -> None:
    words, member, statuses = EVENTS[noun]
    type_ = f"SageMaker {words} State Change"
    queue = subscribe(account, {"detail-type": [type_]})
    made = make(account, noun, Tags=[{"Key": "owner", "Value": "me"}] if noun != "ModelPackage" else [])
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    events = received(account, queue, len(lifecycle.create))
    # EventBridge does not guarantee the order
    assert {event["detail"][member] for event in events} == set(statuses)
    first = events[0]
    assert {name: first[name] for name in ("version", "source", "detail-type", "account", "region")} == {
        "version": "0",
        "source": "aws.sagemaker",
        "detail-type": type_,
        "account": account.number,
        "region": "us-east-1",
    }
    arn = made[f"{noun}Arn"]
    assert first["resources"] == [arn]
    assert first["detail"][f"{noun}Arn"] == arn
    assert first["detail"]["Tags"] == ({"owner": "me"} if noun != "ModelPackage" else {})
    created = first["detail"]["CreationTime"]
    assert isinstance(created, int)
    now = datetime.datetime.now(datetime.UTC).timestamp() * 1000
    assert abs(created - now) < 10 * 60 * 1000


def test_event_pattern_can_match_a_status(account: Account) -> None:
    """A rule for forgotten resources matches an endpoint in service."""
    queue = subscribe(account, {"detail": {"EndpointStatus": ["IN_SERVICE"]}})
    make(account, "Endpoint")
    (event,) = received(account, queue, 1)
    assert event["detail"]["EndpointName"] == "example"
    assert event["detail"]["EndpointConfigName"] == "example"
    assert event["detail"]["ProductionVariants"][0]["VariantName"] == "main"


def test_failure_and_deletion_send_events(account: Account) -> None:
    queue = subscribe(account, {"detail-type": ["SageMaker Notebook Instance State Change"]})
    account.inject_fault("fail", operation="CreateNotebookInstance", reason="script")
    made = make(account, "NotebookInstance")
    call(account, "DeleteNotebookInstance", key_of("NotebookInstance", made))
    events = {event["detail"]["NotebookInstanceStatus"]: event["detail"] for event in received(account, queue, 3)}
    assert {"Pending", "Failed", "Deleting"} <= set(events)
    assert events["Failed"]["FailureReason"] == "script"


def test_approval_sends_an_event(account: Account) -> None:
    made: dict[str, Made] = {}
    arn = make(account, "ModelPackage", made)["ModelPackageArn"]
    queue = subscribe(account, {"detail": {"ModelApprovalStatus": ["Approved"]}})
    account.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    (event,) = received(account, queue, 1)
    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert (event["detail"]["ModelPackageGroupName"], event["detail"]["ModelPackageVersion"]) == ("example", 1)


def test_events_are_sent_without_calls(account: Account) -> None:
    """The timer applies statuses: there is no call after the create call."""
    queue = subscribe(account, {"detail-type": ["SageMaker Processing Job State Change"]})
    account.set_clock(0.001)
    make(account, "ProcessingJob")
    events = received(account, queue, 2)
    assert {event["detail"]["ProcessingJobStatus"] for event in events} == {"InProgress", "Completed"}


def test_events_stay_in_their_account(account: Account) -> None:
    other = Account(account.url)
    other.set_clock("instant")
    queue = subscribe(other, {})
    make(account, "NotebookInstance")
    make(other, "ProcessingJob")
    events = received(other, queue, 2)
    assert {event["account"] for event in events} == {other.number}


def test_pipeline_executions_send_events_in_their_own_form(account: Account) -> None:
    type_ = "SageMaker Model Building Pipeline Execution Status Change"
    queue = subscribe(account, {"detail-type": [type_]})
    arn = make(account, "PipelineExecution")["PipelineExecutionArn"]
    events = [event["detail"] for event in received(account, queue, 2)]
    statuses = {(one.get("previousPipelineExecutionStatus"), one["currentPipelineExecutionStatus"]) for one in events}
    assert statuses == {(None, "Executing"), ("Executing", "Succeeded")}
    assert {one["pipelineExecutionArn"] for one in events} == {arn}
