"""Monitoring schedules, their alerts, and executions, which the control API starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..listing import list_operation
from ..others import client
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages, newer_messages

__all__ = ["KINDS", "OPERATIONS", "execute"]

_STATUS = "MonitoringScheduleStatus"
_SCHEDULE_ARN = "MonitoringScheduleArn"
_PENDING_SECONDS = 60.0
"""until the job of an execution starts; AWS takes up to 20 minutes:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""
_JOB_SECONDS = 300.0
_HOUR = r"(?:[01]?\d|2[0-3])"
_SCHEDULE = re.compile(rf"cron\(0 (?:\*|{_HOUR}(?:/(?:0?[1-9]|1\d|2[0-4]))?) \? \* \* \*\)")


def _copy_members(call: Call, config: dict[str, Any], attributes: dict[str, Any]) -> None:
    for member in ("MonitoringType", "MonitoringJobDefinitionName"):
        if config.get(member):
            attributes[member] = config[member]
    if config.get("MonitoringJobDefinitionName") and config.get("MonitoringType"):
        kind = call.kinds[f"{config['MonitoringType']}JobDefinition"]
        definition = call.get(kind, (config["MonitoringJobDefinitionName"],))
        if definition.attributes["EndpointName"]:
            attributes["EndpointName"] = definition.attributes["EndpointName"]


def _check_schedule(config: Mapping[str, Any]) -> None:
    """Reject a cron expression that is neither hourly, nor daily, nor every some hours.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ScheduleConfig.html
    """
    expression = (config.get("ScheduleConfig") or {}).get("ScheduleExpression", "NOW")
    if expression != "NOW" and not _SCHEDULE.fullmatch(expression):
        raise errors.validation(f"ScheduleExpression {expression} is not supported.")


def _on_create_schedule(call: Call, record: Record) -> None:
    _check_schedule(record.attributes["MonitoringScheduleConfig"])
    _copy_members(call, record.attributes["MonitoringScheduleConfig"], record.attributes)


def _require_settled(record: Record) -> None:
    # recorded: https://github.com/aws/amazon-sagemaker-examples/issues/2342
    if record.attributes[_STATUS] == "Pending":
        raise errors.validation("Monitoring schedule in status Pending")


def _on_update_schedule(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_settled(record)
    _check_schedule(changes["MonitoringScheduleConfig"])
    _copy_members(call, changes["MonitoringScheduleConfig"], changes)


def _on_delete_schedule(call: Call, record: Record) -> None:
    _require_settled(record)


def _on_describe_schedule(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    executions = sorted(_executions(call, record.arn), key=lambda one: one.created)
    if executions:
        newest = executions[-1]
        attributes["LastMonitoringExecutionSummary"] = _EXECUTION.attributes_of(newest)


def _set_status(status: str) -> Operation:
    def set_status(call: Call) -> None:
        record = call.get(call.kinds["MonitoringSchedule"])
        _require_settled(record)
        transition(call, record, (Stage("Pending"), Stage(status, 5)))

    return set_status


def execute(call: Call, schedule: Record, violations: int, failure: str) -> Record:
    """Start an execution of a schedule, and return its processing job, which does not exist before it starts.

    The job fails with the reason in `failure`, or without captured requests. Otherwise it finds `violations`.
    Raises ValueError if the schedule is not scheduled.
    """
    if schedule.attributes[_STATUS] != "Scheduled":
        raise ValueError(f"monitoring schedule {schedule.name} is {schedule.attributes[_STATUS]}, expected Scheduled")
    job = _job(call, schedule)
    # recorded: https://github.com/aws/sagemaker-python-sdk/issues/2634
    reason = failure or _refused(call, schedule, job) or ("" if _captured(call, schedule) else "Job inputs had no data")
    # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-outputs.html
    message = (
        f"CompletedWithViolations: Job completed successfully with {violations} violations."
        if violations
        else "Completed: Job completed successfully with no violations."
    )
    end = (
        Stage("Failed", _JOB_SECONDS, {"FailureReason": reason})
        if reason
        else Stage("Completed", _JOB_SECONDS, {"ExitMessage": message})
    )
    schedule.private.setdefault("pending", []).append((job, end))
    if not schedule.ahead:
        transition(call, schedule, (Stage("Scheduled", _PENDING_SECONDS),))
    return job


def _start_pending(call: Call, schedule: Record) -> None:
    """Start the jobs of pending executions; a schedule that is stopped or deleted starts them at once."""
    for job, end in schedule.private.pop("pending", []):
        job.created = job.modified = call.now()
        call.store.add(job)
        transition(call, job, (Stage("InProgress"), end))


def _refused(call: Call, schedule: Record, job: Record) -> str | None:
    definition = _definition(call, schedule)
    endpoint = call.find("Endpoint", schedule.attributes.get("EndpointName", ""))
    capture = endpoint.private.get("deployed", {}).get("capture") if endpoint else None
    source = f"{capture['DestinationS3Uri'].rstrip('/')}/" if capture else None
    return role_rules.monitoring_execution(call, job, definition, source) if definition else None


def _definition(call: Call, schedule: Record) -> Record | None:
    type_ = schedule.attributes.get("MonitoringType", "DataQuality")
    return call.find(f"{type_}JobDefinition", schedule.attributes.get("MonitoringJobDefinitionName", ""))


def _job(call: Call, schedule: Record) -> Record:
    name = f"model-monitoring-{call.now():%Y%m%d%H%M}-{call.random_id(24)}"
    definition = _definition(call, schedule)
    attributes: dict[str, Any] = {
        "ProcessingJobName": name,
        "ProcessingJobArn": call.arn(f"processing-job/{name}"),
        _SCHEDULE_ARN: schedule.arn,
    }
    if definition:
        source = definition.attributes
        specification = source[f"{definition.noun.removesuffix('JobDefinition')}AppSpecification"]
        attributes |= {
            "AppSpecification": {"ImageUri": specification["ImageUri"]},
            "Environment": specification.get("Environment", {}),
            "ProcessingResources": source["JobResources"],
            "RoleArn": source["RoleArn"],
            "StoppingCondition": source["StoppingCondition"],
            "NetworkConfig": source.get("NetworkConfig"),
        }
    now = call.now()
    private: dict[str, Any] = {
        name: schedule.attributes[name]
        for name in ("MonitoringScheduleName", "EndpointName", "MonitoringJobDefinitionName", "MonitoringType")
        if name in schedule.attributes
    }
    private["ScheduledTime"] = now
    return Record("ProcessingJob", (name,), attributes["ProcessingJobArn"], attributes, now, now, private=private)


def _captured(call: Call, schedule: Record) -> bool:
    """Whether the endpoint of a schedule has captured requests in S3."""
    endpoint = call.find("Endpoint", schedule.attributes.get("EndpointName", ""))
    capture = endpoint.private.get("deployed", {}).get("capture") if endpoint else None
    if not endpoint or not capture:
        return False
    bucket, _, prefix = capture["DestinationS3Uri"].removeprefix("s3://").partition("/")
    s3 = client("s3", call.account, call.region)
    path = "/".join(part for part in (prefix.strip("/"), endpoint.name) if part)
    try:
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=f"{path}/", MaxKeys=1)["KeyCount"])
    except s3.exceptions.NoSuchBucket:
        return False


def _executions(call: Call, schedule_arn: str = "") -> Iterator[Record]:
    """The executions of a schedule, or of all, also of deleted schedules: DeleteMonitoringSchedule keeps them."""
    pending = [job for one in call.store.of("MonitoringSchedule").values() for job, _ in one.private.get("pending", [])]
    for job in (*call.store.of("ProcessingJob").values(), *pending):
        arn = job.attributes.get(_SCHEDULE_ARN)
        if arn is None or (schedule_arn and arn != schedule_arn):
            continue
        status = job.attributes.get("ProcessingJobStatus", "Pending")
        if job.attributes.get("ExitMessage", "").startswith("CompletedWithViolations"):
            status = "CompletedWithViolations"
        attributes = {**job.private, "MonitoringExecutionStatus": status}
        if status != "Pending":
            attributes["ProcessingJobArn"] = job.arn
        if "FailureReason" in job.attributes:
            attributes["FailureReason"] = job.attributes["FailureReason"]
        created = job.private.get("ScheduledTime", job.created)
        yield Record("MonitoringExecution", job.key, job.arn, attributes, created, job.modified)


_EXECUTION = Kind(
    noun="MonitoringExecution",
    arn="",
    key=("ProcessingJobArn",),
    messages=Messages(missing="", taken=""),
    lifecycle=Lifecycle(member="MonitoringExecutionStatus"),
    listing=Listing(operation="ListMonitoringExecutions"),
)
"""How executions are listed. They are stored as processing jobs."""


def _list_executions(call: Call) -> Mapping[str, Any]:
    assert call.model
    listed = list_operation(_EXECUTION, call.model, _executions)(call)
    assert listed is not None
    return listed


KINDS = [
    Kind(
        noun="MonitoringSchedule",
        arn="monitoring-schedule/{MonitoringScheduleName}",
        key=("MonitoringScheduleName",),
        messages=newer_messages("Monitoring schedule"),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Pending"), Stage("Scheduled", 20)),
            update=(Stage("Pending"), Stage("Scheduled", 10)),
            delete=(Stage("Pending"), Stage(None, 20)),
        ),
        on_create=_on_create_schedule,
        on_update=_on_update_schedule,
        on_delete=_on_delete_schedule,
        on_describe=_on_describe_schedule,
        on_status=_start_pending,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "ListMonitoringExecutions": _list_executions,
    "StartMonitoringSchedule": _set_status("Scheduled"),
    "StopMonitoringSchedule": _set_status("Stopped"),
}
