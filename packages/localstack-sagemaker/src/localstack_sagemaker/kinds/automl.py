"""AutoML jobs, created by either version of the API, and their candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..generic import create_operation, describe_operation
from ..listing import list_operation
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_STATUS, _SECONDARY = "AutoMLJobStatus", "AutoMLJobSecondaryStatus"
_ENDED = ("Completed", "Failed", "Stopped")
_PROBLEMS = {
    "ImageClassificationJobConfig": "ImageClassification",
    "TextClassificationJobConfig": "TextClassification",
    "TimeSeriesForecastingJobConfig": "TimeSeriesForecasting",
    "TabularJobConfig": "Tabular",
    "TextGenerationJobConfig": "TextGeneration",
}
_METRICS = {
    "ImageClassification": "Accuracy",
    "TextClassification": "Accuracy",
    "TimeSeriesForecasting": "AverageWeightedQuantileLoss",
}


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    problem = attributes.get("AutoMLProblemTypeConfig")
    if problem:
        chosen = [name for name in _PROBLEMS if name in problem]
        if len(chosen) != 1:
            raise errors.validation("Exactly one problem type must be specified in AutoMLProblemTypeConfig.")
        attributes["AutoMLProblemTypeConfigName"] = _PROBLEMS[chosen[0]]
        metric = _METRICS.get(_PROBLEMS[chosen[0]])
        if metric:
            attributes.setdefault("AutoMLJobObjective", {"MetricName": metric})
    else:
        attributes.setdefault("GenerateCandidateDefinitionsOnly", False)
        if bool(attributes.get("ProblemType")) != bool(attributes.get("AutoMLJobObjective")):
            raise errors.validation("ProblemType and AutoMLJobObjective must be specified together.")


def _on_status(call: Call, record: Record) -> None:
    attributes = record.attributes
    status = attributes[_STATUS]
    if status in ("Stopping", "Stopped", "Failed", "Completed"):
        attributes[_SECONDARY] = status
    if status in _ENDED:
        attributes["EndTime"] = call.now()
    if status == "Completed" and attributes.get("GenerateCandidateDefinitionsOnly"):
        attributes[_SECONDARY] = "CandidateDefinitionsGenerated"
    if status == "Completed" and not attributes.get("GenerateCandidateDefinitionsOnly"):
        attributes["BestCandidate"] = _candidate(call, record)


def _candidate(call: Call, record: Record) -> dict[str, Any]:
    """The one candidate of a job. No model is trained, so it has no metrics."""
    now = call.now()
    return {
        "CandidateName": f"{record.name}-001",
        "ObjectiveStatus": "Succeeded",
        "CandidateSteps": [],
        "CandidateStatus": "Completed",
        "CreationTime": record.created,
        "EndTime": now,
        "LastModifiedTime": now,
    }


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    # AWS describes jobs of either version with both operations
    channels = attributes.get("InputDataConfig") or attributes.get("AutoMLJobInputDataConfig") or []
    for one in channels:
        one.setdefault("ContentType", "text/csv;header=present")
    if call.operation == "DescribeAutoMLJobV2":
        attributes.setdefault("AutoMLJobInputDataConfig", [_without_target(one) for one in channels])
    elif "InputDataConfig" not in attributes:
        raise errors.validation(
            f"AutoML job {record.name} was created with CreateAutoMLJobV2; use DescribeAutoMLJobV2."
        )


def _without_target(channel: Mapping[str, Any]) -> dict[str, Any]:
    members = ("ChannelType", "ContentType", "CompressionType", "DataSource")
    return {member: channel[member] for member in members if member in channel}


def _stop(call: Call) -> None:
    record = call.get(KINDS[0])
    if record.attributes[_STATUS] != "InProgress":
        raise errors.validation(f"AutoML job {record.name} is in status {record.attributes[_STATUS]}.")
    transition(call, record, (Stage("Stopping"), Stage("Stopped", 30)))


def _candidates(call: Call) -> Mapping[str, Any]:
    assert call.model
    record = call.get(KINDS[0])
    best = record.attributes.get("BestCandidate")
    found = (
        [Record("Candidate", (best["CandidateName"],), record.arn, best, record.created, record.modified)]
        if best
        else []
    )
    return list_operation(_CANDIDATE, call.model, lambda _: found)(call) or {}


_CANDIDATE = Kind(
    noun="Candidate",
    arn="",
    key=("CandidateName",),
    messages=Messages(missing="", taken=""),
    lifecycle=Lifecycle(member="CandidateStatus"),
    listing=Listing(operation="ListCandidatesForAutoMLJob", ignored=frozenset({"AutoMLJobName"})),
)

KINDS = [
    Kind(
        noun="AutoMLJob",
        arn="automl-job/{AutoMLJobName}",
        key=("AutoMLJobName",),
        on_role=role_rules.assumed,
        messages=Messages(
            missing="Could not find requested job with name: {name}",
            taken="AutoMLJob with name {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(
                Stage("InProgress", 0, {_SECONDARY: "Starting"}),
                Stage("InProgress", 60, {_SECONDARY: "AnalyzingData"}),
                Stage("InProgress", 300, {_SECONDARY: "FeatureEngineering"}),
                Stage("InProgress", 300, {_SECONDARY: "ModelTuning"}),
                Stage("Completed", 600),
            ),
        ),
        listing=Listing(items="AutoMLJobSummaries"),
        on_create=_on_create,
        on_describe=_on_describe,
        on_status=_on_status,
    )
]

OPERATIONS: dict[str, Operation] = {
    "CreateAutoMLJobV2": create_operation(KINDS[0]),
    "DescribeAutoMLJobV2": describe_operation(KINDS[0]),
    "ListCandidatesForAutoMLJob": _candidates,
    "StopAutoMLJob": _stop,
}
