"""Monitoring schedules: what may be deleted when, and executions started with the control API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import Made, call, make
from test_events import received, subscribe

SCHEDULE = {"MonitoringScheduleName": "example"}


def execute(account: Account, **wanted: Any) -> str:
    """Start an execution of the example schedule; return its job's ARN."""
    (arn,) = account.control("/executions", "POST", schedule="example", **wanted).document["processing_jobs"]
    return str(arn)


def capture(account: Account) -> None:
    """Write a captured request of the example endpoint, as data capture does."""
    account.client("s3").create_bucket(Bucket=f"captured-{account.number}")
    account.client("s3").put_object(Bucket=f"captured-{account.number}", Key="all/example/main/1.jsonl", Body=b"{}")


@pytest.fixture
def scheduled(account: Account) -> Account:
    """An account with a schedule for an endpoint that captures requests, and has captured one."""
    made: dict[str, Made] = {}
    capture(account)
    options = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://captured-{account.number}/all/",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    make(account, "EndpointConfig", made, DataCaptureConfig=options)
    make(account, "MonitoringSchedule", made)
    return account


def test_definition_needs_an_endpoint(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "DataQualityJobDefinition", made)
    request = {key: value for key, value in made["DataQualityJobDefinition"].items() if key != "JobDefinitionArn"}
    request |= {
        "JobDefinitionName": "second",
        "DataQualityJobInput": {"EndpointInput": {"EndpointName": "none", "LocalPath": "/opt"}},
    }
    assert error_of(lambda: call(account, "CreateDataQualityJobDefinition", request)) == (
        "ValidationException",
        "Endpoint 'none' does not exist or is not valid",
    )


def test_schedule_needs_a_definition(account: Account) -> None:
    config = {
        "MonitoringJobDefinitionName": "none",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    }
    code, message = error_of(
        lambda: account.sagemaker.create_monitoring_schedule(**SCHEDULE, MonitoringScheduleConfig=config)
    )
    assert (code, "none" in message) == ("ResourceNotFound", True)


def test_definition_of_a_schedule_is_not_deleted(scheduled: Account) -> None:
    def delete() -> None:
        scheduled.sagemaker.delete_data_quality_job_definition(JobDefinitionName="example")

    assert error_of(delete)[0] == "ValidationException"
    scheduled.sagemaker.delete_monitoring_schedule(**SCHEDULE)
    delete()


def test_pending_schedule_is_not_changed(scheduled: Account) -> None:
    scheduled.set_clock("manual")
    scheduled.sagemaker.stop_monitoring_schedule(**SCHEDULE)
    config = scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE)["MonitoringScheduleConfig"]
    for change in (
        lambda: scheduled.sagemaker.delete_monitoring_schedule(**SCHEDULE),
        lambda: scheduled.sagemaker.update_monitoring_schedule(**SCHEDULE, MonitoringScheduleConfig=config),
    ):
        assert error_of(change) == ("ValidationException", "Monitoring schedule in status Pending")


def test_deleting_a_schedule_takes_a_while(scheduled: Account) -> None:
    scheduled.set_clock("manual")
    scheduled.sagemaker.delete_monitoring_schedule(**SCHEDULE)
    assert scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE)["MonitoringScheduleStatus"] == "Pending"
    scheduled.advance(60)
    assert error_of(lambda: scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE))[0] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("wanted", "status", "job_status"),
    [
        ({}, "Completed", "Completed"),
        ({"violations": 2}, "CompletedWithViolations", "Completed"),
        ({"reason": "out of memory"}, "Failed", "Failed"),
    ],
)
def test_execution_ends_as_requested(scheduled: Account, wanted: dict[str, Any], status: str, job_status: str) -> None:
    arn = execute(scheduled, **wanted)
    (summary,) = scheduled.sagemaker.list_monitoring_executions(**SCHEDULE)["MonitoringExecutionSummaries"]
    assert {key: summary.get(key) for key in ("MonitoringExecutionStatus", "ProcessingJobArn", "EndpointName")} == {
        "MonitoringExecutionStatus": status,
        "ProcessingJobArn": arn,
        "EndpointName": "example",
    }
    assert summary.get("FailureReason") == wanted.get("reason")
    job = scheduled.sagemaker.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2])
    assert job["ProcessingJobStatus"] == job_status
    shown = scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE)
    assert shown["LastMonitoringExecutionSummary"] == summary
    assert job["MonitoringScheduleArn"] == shown["MonitoringScheduleArn"]
    listed = scheduled.sagemaker.list_monitoring_executions(StatusEquals=status, MonitoringTypeEquals="DataQuality")
    assert len(listed["MonitoringExecutionSummaries"]) == 1


def test_execution_is_pending_until_its_job_starts(scheduled: Account) -> None:
    scheduled.set_clock("manual")
    arn = execute(scheduled)
    name = arn.rpartition("/")[2]

    def shown() -> tuple[str, str | None]:
        (summary,) = scheduled.sagemaker.list_monitoring_executions(**SCHEDULE)["MonitoringExecutionSummaries"]
        schedule = scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE)
        assert schedule["LastMonitoringExecutionSummary"] == summary
        assert schedule["MonitoringScheduleStatus"] == "Scheduled"
        return summary["MonitoringExecutionStatus"], summary.get("ProcessingJobArn")

    assert shown() == ("Pending", None)
    assert error_of(lambda: scheduled.sagemaker.describe_processing_job(ProcessingJobName=name))[0]
    assert scheduled.sagemaker.list_processing_jobs()["ProcessingJobSummaries"] == []
    scheduled.advance(60)
    assert shown() == ("InProgress", arn)
    scheduled.advance(300)
    assert shown() == ("Completed", arn)


def test_pending_execution_of_a_stopped_schedule_starts(scheduled: Account) -> None:
    scheduled.set_clock("manual")
    arn = execute(scheduled)
    scheduled.sagemaker.stop_monitoring_schedule(**SCHEDULE)
    (summary,) = scheduled.sagemaker.list_monitoring_executions(**SCHEDULE)["MonitoringExecutionSummaries"]
    assert (summary["MonitoringExecutionStatus"], summary["ProcessingJobArn"]) == ("InProgress", arn)
    scheduled.advance(400)
    assert scheduled.sagemaker.describe_monitoring_schedule(**SCHEDULE)["MonitoringScheduleStatus"] == "Stopped"


def test_execution_without_captured_requests_fails(account: Account) -> None:
    make(account, "MonitoringSchedule")
    execute(account, violations=1)
    (summary,) = account.sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"]
    assert (summary["MonitoringExecutionStatus"], summary["FailureReason"]) == ("Failed", "Job inputs had no data")


def test_violations_match_the_event_pattern_of_the_module(scheduled: Account) -> None:
    """The pattern of modules/monitor/notifications.tf."""
    queue = subscribe(
        scheduled,
        {
            "detail-type": ["SageMaker Processing Job State Change"],
            "detail": {
                "ExitMessage": [{"prefix": "CompletedWithViolations"}],
                "MonitoringScheduleArn": [{"suffix": ":monitoring-schedule/example"}],
            },
        },
    )
    execute(scheduled)
    job = execute(scheduled, violations=3)
    (event,) = received(scheduled, queue, 1)
    assert event["detail"]["ProcessingJobArn"] == job
    assert "3 violations" in json.dumps(event["detail"])


def test_only_a_scheduled_schedule_runs(scheduled: Account) -> None:
    scheduled.sagemaker.stop_monitoring_schedule(**SCHEDULE)
    refused = scheduled.control("/executions", "POST", schedule="example")
    assert (refused.status, "is Stopped" in refused.document["error"]) == (400, True)
    assert scheduled.control("/executions", "POST", schedule="none").status == 404


def test_execution_needs_a_role_that_sagemaker_may_assume(scheduled: Account) -> None:
    scheduled.control("/enforcement", "PUT", enabled=True)
    execute(scheduled)
    (shown,) = scheduled.sagemaker.list_monitoring_executions()["MonitoringExecutionSummaries"]
    assert shown["MonitoringExecutionStatus"] == "Failed"
    assert shown["FailureReason"].startswith("SageMaker is unable to assume the role arn:aws:iam::")
