"""Monitoring schedules and data quality job definitions. No monitoring job runs."""

from __future__ import annotations

from typing import Any

from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, newer_messages

__all__ = ["KINDS", "OPERATIONS"]


def _on_create_definition(call: Call, record: Record) -> None:
    endpoint = record.attributes["DataQualityJobInput"].get("EndpointInput") or {}
    # a summary requires EndpointName, even if the input is a batch transform
    record.attributes["EndpointName"] = endpoint.get("EndpointName", "")
    for member in ("EndpointInput", "BatchTransformInput"):
        source = record.attributes["DataQualityJobInput"].get(member)
        if source:
            source.setdefault("S3InputMode", "File")
            source.setdefault("S3DataDistributionType", "FullyReplicated")
    record.attributes.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": 3600})


def _copy_members(config: dict[str, Any], attributes: dict[str, Any]) -> None:
    for member in ("MonitoringType", "MonitoringJobDefinitionName"):
        if config.get(member):
            attributes[member] = config[member]


def _on_create_schedule(call: Call, record: Record) -> None:
    _copy_members(record.attributes["MonitoringScheduleConfig"], record.attributes)


def _on_update_schedule(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _copy_members(changes["MonitoringScheduleConfig"], changes)


def _set_status(status: str) -> Operation:
    def set_status(call: Call) -> None:
        transition(call, call.get(call.kinds["MonitoringSchedule"]), (Stage("Pending"), Stage(status, 5)))

    return set_status


KINDS = [
    Kind(
        noun="DataQualityJobDefinition",
        arn="data-quality-job-definition/{JobDefinitionName}",
        arn_member="JobDefinitionArn",
        key=("JobDefinitionName",),
        messages=newer_messages("Data quality job definition"),
        listing=Listing(
            summary={
                "MonitoringJobDefinitionName": "JobDefinitionName",
                "MonitoringJobDefinitionArn": "JobDefinitionArn",
            }
        ),
        on_create=_on_create_definition,
    ),
    Kind(
        noun="MonitoringSchedule",
        arn="monitoring-schedule/{MonitoringScheduleName}",
        key=("MonitoringScheduleName",),
        messages=newer_messages("Monitoring schedule"),
        lifecycle=Lifecycle(
            member="MonitoringScheduleStatus",
            create=(Stage("Pending"), Stage("Scheduled", 20)),
            update=(Stage("Pending"), Stage("Scheduled", 10)),
        ),
        on_create=_on_create_schedule,
        on_update=_on_update_schedule,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "StartMonitoringSchedule": _set_status("Scheduled"),
    "StopMonitoringSchedule": _set_status("Stopped"),
}
