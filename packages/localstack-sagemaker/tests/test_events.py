"""State changes reach EventBridge in the shape of AWS's events: a rule, its target, and what arrives there."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from emulated.account import Account, eventually
from emulated.recipes import KINDS, Made, call, key_of, make

JOB = ["InProgress", "Completed"]
ANNOUNCED = {
    "Endpoint": ("Endpoint", "EndpointStatus", ["CREATING", "IN_SERVICE"]),
    "NotebookInstance": ("Notebook Instance", "NotebookInstanceStatus", ["Pending", "InService"]),
    "TrainingJob": ("Training Job", "TrainingJobStatus", JOB),
    "ProcessingJob": ("Processing Job", "ProcessingJobStatus", JOB),
    "TransformJob": ("Transform Job", "TransformJobStatus", JOB),
    "HyperParameterTuningJob": ("HyperParameter Tuning Job", "HyperParameterTuningJobStatus", JOB),
    "ModelPackage": ("Model Package", "ModelPackageStatus", ["Pending", "InProgress", "Completed"]),
}


def listen(account: Account, pattern: dict[str, Any]) -> str:
    """Send what matches into a queue; return its address."""
    queue = account.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = account.arn("events", "sqs")
    account.client("events").put_rule(Name="rule", EventPattern=json.dumps({"source": ["aws.sagemaker"], **pattern}))
    account.client("events").put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def heard(account: Account, queue: str, count: int) -> list[dict[str, Any]]:
    """Wait for so many events."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        messages = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        found.extend(json.loads(one["Body"]) for one in messages)
        return len(found) >= count

    eventually(look)
    return found


@pytest.mark.parametrize("noun", ANNOUNCED)
def test_each_status_is_an_event(account: Account, noun: str) -> None:
    words, member, statuses = ANNOUNCED[noun]
    type_ = f"SageMaker {words} State Change"
    queue = listen(account, {"detail-type": [type_]})
    made = make(account, noun, Tags=[{"Key": "owner", "Value": "me"}] if noun != "ModelPackage" else [])
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    events = heard(account, queue, len(lifecycle.create))
    # EventBridge promises no order
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


def test_a_pattern_may_ask_for_a_status(account: Account) -> None:
    """What a guard against forgotten resources listens to: an endpoint in service, a training job that runs."""
    queue = listen(account, {"detail": {"EndpointStatus": ["IN_SERVICE"]}})
    make(account, "Endpoint")
    (event,) = heard(account, queue, 1)
    assert event["detail"]["EndpointName"] == "example"
    assert event["detail"]["EndpointConfigName"] == "example"
    assert event["detail"]["ProductionVariants"][0]["VariantName"] == "main"


def test_a_failure_and_a_deletion_are_events(account: Account) -> None:
    queue = listen(account, {"detail-type": ["SageMaker Notebook Instance State Change"]})
    account.fault("fail", operation="CreateNotebookInstance", reason="script")
    made = make(account, "NotebookInstance")
    call(account, "DeleteNotebookInstance", key_of("NotebookInstance", made))
    events = {event["detail"]["NotebookInstanceStatus"]: event["detail"] for event in heard(account, queue, 3)}
    assert {"Pending", "Failed", "Deleting"} <= set(events)
    assert events["Failed"]["FailureReason"] == "script"


def test_an_approval_is_an_event(account: Account) -> None:
    made: dict[str, Made] = {}
    arn = make(account, "ModelPackage", made)["ModelPackageArn"]
    queue = listen(account, {"detail": {"ModelApprovalStatus": ["Approved"]}})
    account.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    (event,) = heard(account, queue, 1)
    assert event["detail-type"] == "SageMaker Model Package State Change"
    assert (event["detail"]["ModelPackageGroupName"], event["detail"]["ModelPackageVersion"]) == ("example", 1)


def test_statuses_are_told_though_nobody_asks(account: Account) -> None:
    """The clock wakes by itself: no call but the creation is made."""
    queue = listen(account, {"detail-type": ["SageMaker Processing Job State Change"]})
    account.clock(0.001)
    make(account, "ProcessingJob")
    events = heard(account, queue, 2)
    assert {event["detail"]["ProcessingJobStatus"] for event in events} == {"InProgress", "Completed"}


def test_another_account_hears_nothing(account: Account) -> None:
    other = Account(account.url)
    other.clock("instant")
    queue = listen(other, {})
    make(account, "NotebookInstance")
    make(other, "ProcessingJob")
    events = heard(other, queue, 2)
    assert {event["account"] for event in events} == {other.number}
