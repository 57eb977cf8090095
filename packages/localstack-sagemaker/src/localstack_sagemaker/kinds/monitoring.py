"""Monitoring schedules and data quality job definitions. No monitoring job is ever run."""

from __future__ import annotations

from typing import Any

from ..call import Call
from ..records import Record, Stage
from ..table import Kind, Lifecycle, Listing, Operation, newer_messages

__all__ = ["KINDS", "OPERATIONS"]


def _prepare_definition(call: Call, record: Record) -> None:
    endpoint = record.attributes["DataQualityJobInput"].get("EndpointInput") or {}
    # the summary of a definition must have an endpoint name, also where the input is a batch transform
    record.attributes["EndpointName"] = endpoint.get("EndpointName", "")
    for way in ("EndpointInput", "BatchTransformInput"):
        given = record.attributes["DataQualityJobInput"].get(way)
        if given:
            given.setdefault("S3InputMode", "File")
            given.setdefault("S3DataDistributionType", "FullyReplicated")
    record.attributes.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": 3600})


def _spread(config: dict[str, Any], attributes: dict[str, Any]) -> None:
    for member in ("MonitoringType", "MonitoringJobDefinitionName"):
        if config.get(member):
            attributes[member] = config[member]


def _prepare_schedule(call: Call, record: Record) -> None:
    _spread(record.attributes["MonitoringScheduleConfig"], record.attributes)


def _change_schedule(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _spread(changes["MonitoringScheduleConfig"], changes)


def _turn(status: str) -> Operation:
    def turn(call: Call) -> None:
        call.travel(call.get(call.kinds["MonitoringSchedule"]), (Stage("Pending"), Stage(status, 5)))

    return turn


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
        prepare=_prepare_definition,
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
        prepare=_prepare_schedule,
        change=_change_schedule,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "StartMonitoringSchedule": _turn("Scheduled"),
    "StopMonitoringSchedule": _turn("Stopped"),
}
