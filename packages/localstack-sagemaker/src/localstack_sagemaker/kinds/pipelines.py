"""Pipelines with their versions, and executions, which run step by step."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..generic import response, stamp
from ..listing import moment, page
from ..others import client
from ..pipeline_run.definition import check, parameters, steps_of
from ..pipeline_run.run import advance, send, shown_steps, stop, waiting_for
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Messages
from ..written_json import written_json

__all__ = ["KINDS", "OPERATIONS"]

_RUNNING = ("Executing", "Stopping")


def _definition(call: Call, attributes: dict[str, Any], required: bool) -> None:
    """Read the definition from the request or from S3, and check that it is JSON."""
    location = attributes.pop("PipelineDefinitionS3Location", None)
    if location and attributes.get("PipelineDefinition"):
        raise errors.validation("Only one of PipelineDefinition and PipelineDefinitionS3Location can be specified.")
    if location:
        attributes["PipelineDefinition"] = _from_s3(call, location)
    if not attributes.get("PipelineDefinition"):
        if required:
            raise errors.validation("One of PipelineDefinition and PipelineDefinitionS3Location must be specified.")
        return
    try:
        written_json(attributes["PipelineDefinition"])
    except ValueError as error:
        raise errors.validation(f"Unable to parse pipeline definition. {error}") from None
    check(attributes["PipelineDefinition"])


def _from_s3(call: Call, location: Mapping[str, str]) -> str:
    s3 = client("s3", call.account, call.region)
    version = {"VersionId": location["VersionId"]} if location.get("VersionId") else {}
    try:
        found = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
        text: str = found["Body"].read().decode()
    except Exception as error:
        raise errors.validation(
            f"Unable to read pipeline definition from s3://{location['Bucket']}/{location['ObjectKey']}: {error}"
        ) from None
    return text


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (request["PipelineName"].rpartition("/")[2],)


def _on_create(call: Call, record: Record) -> None:
    _definition(call, record.attributes, required=True)
    record.attributes.setdefault("PipelineDisplayName", record.name)
    record.private["versions"] = []
    _add_version(call, record, record.attributes["PipelineDefinition"])


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _definition(call, changes, required=False)
    if changes.get("PipelineDefinition"):
        _add_version(call, record, changes["PipelineDefinition"])


def _add_version(call: Call, record: Record, definition: str) -> None:
    versions = record.private["versions"]
    number = len(versions) + 1
    now = call.now()
    versions.append({"PipelineVersionId": number, "definition": definition, "CreationTime": now, "modified": now})
    record.attributes["PipelineVersionId"] = number


def _version(record: Record, number: int | None) -> dict[str, Any]:
    """A version of a pipeline, or the newest one. Raises ResourceNotFound."""
    versions: list[dict[str, Any]] = record.private["versions"]
    if number is not None and not 1 <= number <= len(versions):
        raise errors.not_found(f"Pipeline {record.name} has no version {number}.")
    return versions[(number or len(versions)) - 1]


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    number = call.request.get("PipelineVersionId")
    if number is not None:
        version = _version(record, number)
        attributes["PipelineDefinition"] = version["definition"]
        attributes |= {name: value for name, value in version.items() if name.startswith("PipelineVersionD")}


def _list_versions(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0], _key(call, call.request))
    newest_first = call.request.get("SortOrder") != "Ascending"
    shown = [
        {"PipelineArn": record.arn, **{name: one[name] for name in _VERSION_MEMBERS if name in one}}
        for one in record.private["versions"]
        if _created_within(one["CreationTime"], call.request)
    ]
    shown = shown[::-1] if newest_first else shown
    part, token = page(shown, call.request, 20, lambda one: str(one["PipelineVersionId"]))
    return {"PipelineVersionSummaries": part} | ({"NextToken": token} if token else {})


def _created_within(created: datetime.datetime, request: Mapping[str, Any]) -> bool:
    after, before = request.get("CreatedAfter"), request.get("CreatedBefore")
    return (after is None or created > moment(after)) and (before is None or created < moment(before))


_VERSION_MEMBERS = (
    "PipelineVersionId",
    "CreationTime",
    "PipelineVersionDescription",
    "PipelineVersionDisplayName",
    "LastExecutionPipelineExecutionArn",
)


def _update_version(call: Call) -> Mapping[str, Any]:
    record = call.store.by_arn(call.request["PipelineArn"])
    if record is None or record.noun != "Pipeline":
        raise errors.not_found(f"Pipeline '{call.request['PipelineArn']}' does not exist.")
    version = _version(record, call.request["PipelineVersionId"])
    for member in ("PipelineVersionDisplayName", "PipelineVersionDescription"):
        if call.request.get(member) is not None:
            version[member] = call.request[member]
    version["modified"] = call.now()
    return {"PipelineArn": record.arn, "PipelineVersionId": version["PipelineVersionId"]}


def _start(call: Call) -> Mapping[str, Any]:
    pipeline = call.get(KINDS[0], _key(call, call.request))
    version = _version(pipeline, call.request.get("PipelineVersionId"))
    values = parameters(version["definition"], call.request.get("PipelineParameters") or [])
    key = (pipeline.name, call.random_id(12))
    now = call.now()
    arn = f"{pipeline.arn}/execution/{key[1]}"
    given = {member: value for member, value in call.request.items() if value is not None}
    record = Record(KINDS[1].noun, key, arn, {**given, "PipelineArn": pipeline.arn}, now, now)
    record.attributes.setdefault("PipelineExecutionDisplayName", f"execution-{int(now.timestamp() * 1000)}")
    if pipeline.attributes.get("ParallelismConfiguration"):
        record.attributes.setdefault("ParallelismConfiguration", pipeline.attributes["ParallelismConfiguration"])
    record.attributes |= {
        "PipelineExecutionArn": arn,
        "StartTime": now,
        "PipelineVersionId": version["PipelineVersionId"],
    }
    record.private |= {"definition": version["definition"], "parameters": values}
    record.private["steps"] = _reused(call, record)
    version["LastExecutionPipelineExecutionArn"] = arn
    pipeline.attributes["LastRunTime"] = pipeline.attributes["LastExecutionTime"] = now
    stamp(call, record)
    record.private["role"] = pipeline.attributes["RoleArn"]
    call.store.add(record)
    fault = call.fault(record, "fail")
    if fault:
        record.private["failure"] = fault.reason
    refused = role_rules.pipeline_role(call, record)
    if refused:
        transition(call, record, (Stage("Executing"), Stage("Failed", 5, {"FailureReason": refused})))
    else:
        transition(call, record, (Stage("Executing"),))
        advance(call, record)
    return {"PipelineExecutionArn": arn}


def _reused(call: Call, record: Record) -> dict[str, Any]:
    """The steps that a selective execution takes from another one instead of running them.

    https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html
    """
    config = record.attributes.get("SelectiveExecutionConfig")
    if not config:
        return {}
    selected = {one["StepName"] for one in config["SelectedSteps"]}
    steps = steps_of(record.private["definition"])
    unknown = sorted(selected - set(steps))
    if unknown:
        raise errors.validation(f"Step(s) {', '.join(unknown)} are not in the pipeline definition.")
    source = call.store.by_arn(config.get("SourcePipelineExecutionArn") or "")
    known = source.private["steps"] if source and source.noun == "PipelineExecution" else {}
    reused = {name: {**known[name], "reused": True} for name in steps if name not in selected and name in known}
    return reused | {
        name: {"type": "", "status": "Skipped", "reused": True}
        for name in steps
        if name not in selected and name not in known
    }


def _execution(call: Call) -> Record:
    arn = call.request.get("PipelineExecutionArn")
    if not arn:
        raise errors.validation("PipelineExecutionArn must be specified.")
    record = call.store.by_arn(arn)
    if record is None or record.noun != KINDS[1].noun:
        raise errors.not_found(f"Pipeline execution with ARN {arn} does not exist.")
    return record


def _on_watched(call: Call, record: Record, _: Record) -> None:
    advance(call, record)


def _event_detail(call: Call, record: Record, detail: dict[str, Any]) -> None:
    """The detail of an execution's event, which is not its Describe response.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    status = record.attributes["PipelineExecutionStatus"]
    shown = {
        "pipelineExecutionDisplayName": record.attributes["PipelineExecutionDisplayName"],
        "pipelineExecutionDescription": record.attributes.get("PipelineExecutionDescription"),
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": record.private.get("announced"),
        "executionStartTime": f"{record.created:%Y-%m-%dT%H:%M:%SZ}",
        "executionEndTime": None if status in _RUNNING else f"{record.modified:%Y-%m-%dT%H:%M:%SZ}",
        "pipelineArn": record.attributes["PipelineArn"],
        "pipelineExecutionArn": record.arn,
    }
    record.private["announced"] = status
    detail.clear()
    detail |= {name: value for name, value in shown.items() if value is not None}


def _describe_execution(call: Call) -> Mapping[str, Any]:
    return response(call, _execution(call))


def _update_execution(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    record.attributes |= {member: value for member, value in call.request.items() if value is not None}
    record.modified = call.now()
    stamp(call, record)
    return response(call, record)


def _stop_execution(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    status = record.attributes["PipelineExecutionStatus"]
    if status != "Executing":
        raise errors.conflict(f"Pipeline execution {record.arn} is {status} and cannot be stopped.")
    stop(call, record)
    return {"PipelineExecutionArn": record.arn}


def _retry(call: Call) -> Mapping[str, Any]:
    """Run the steps again that failed or were stopped, and those after them."""
    record = _execution(call)
    status = record.attributes["PipelineExecutionStatus"]
    if status not in ("Failed", "Stopped"):
        raise errors.conflict(f"Pipeline execution {record.arn} is {status} and cannot be retried.")
    steps = record.private["steps"]
    record.private["steps"] = {name: one for name, one in steps.items() if one["status"] not in ("Failed", "Stopped")}
    record.attributes.pop("FailureReason", None)
    if call.request.get("ParallelismConfiguration"):
        record.attributes["ParallelismConfiguration"] = call.request["ParallelismConfiguration"]
    transition(call, record, (Stage("Executing"),))
    advance(call, record)
    return {"PipelineExecutionArn": record.arn}


def _succeed(call: Call) -> Mapping[str, Any]:
    record, state = waiting_for(call, call.request["CallbackToken"])
    send(call, record, state, call.request.get("OutputParameters") or [], None)
    return {"PipelineExecutionArn": record.arn}


def _fail(call: Call) -> Mapping[str, Any]:
    record, state = waiting_for(call, call.request["CallbackToken"])
    send(call, record, state, [], call.request.get("FailureReason") or "The callback step failed.")
    return {"PipelineExecutionArn": record.arn}


def _steps(call: Call) -> Mapping[str, Any]:
    shown = shown_steps(_execution(call))
    if call.request.get("SortOrder") == "Descending":
        shown.reverse()
    part, token = page(shown, call.request, 20, lambda one: str(one["StepName"]))
    return {"PipelineExecutionSteps": part} | ({"NextToken": token} if token else {})


def _definition_of(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    return {"PipelineDefinition": record.private["definition"], "CreationTime": record.created}


def _parameters(call: Call) -> Mapping[str, Any]:
    part, token = page(_execution(call).attributes.get("PipelineParameters") or [], call.request, 50)
    return {"PipelineParameters": part} | ({"NextToken": token} if token else {})


def _on_delete(call: Call, record: Record) -> None:
    """Reject a running pipeline; delete past executions with the pipeline."""
    executions = [one for one in call.store.of(KINDS[1].noun).values() if one.key[0] == record.name]
    for one in executions:
        if one.attributes["PipelineExecutionStatus"] in _RUNNING:
            raise errors.conflict(f"Pipeline {record.name} cannot be deleted while {one.arn} is running.")
    for one in executions:
        call.store.remove(one)


KINDS = [
    Kind(
        noun="Pipeline",
        arn="pipeline/{PipelineName}",
        key=("PipelineName",),
        messages=Messages(
            missing="Pipeline '{arn}' does not exist.",
            taken="Pipeline names must be unique within an AWS account and region. "
            "Pipeline with name ({name}) already exists.",
            missing_code="ResourceNotFound",
        ),
        lifecycle=Lifecycle(member="PipelineStatus", create=(Stage("Active"),), failed="", reason=None),
        find_key=_key,
        on_create=_on_create,
        on_update=_on_update,
        on_delete=_on_delete,
        on_describe=_on_describe,
    ),
    Kind(
        noun="PipelineExecution",
        arn="pipeline/{PipelineName}/execution/{PipelineExecutionId}",
        key=("PipelineName", "PipelineExecutionId"),
        messages=Messages(
            missing="Pipeline execution {name} does not exist.", taken="", missing_code="ResourceNotFound"
        ),
        lifecycle=Lifecycle(member="PipelineExecutionStatus"),
        on_watched=_on_watched,
        event="SageMaker Model Building Pipeline Execution Status Change",
        event_detail=_event_detail,
        without=frozenset({"create", "describe", "update", "delete"}),
        taggable=False,
    ),
]

OPERATIONS: dict[str, Operation] = {
    "StartPipelineExecution": _start,
    "DescribePipelineExecution": _describe_execution,
    "UpdatePipelineExecution": _update_execution,
    "StopPipelineExecution": _stop_execution,
    "ListPipelineExecutionSteps": _steps,
    "ListPipelineVersions": _list_versions,
    "RetryPipelineExecution": _retry,
    "SendPipelineExecutionStepFailure": _fail,
    "SendPipelineExecutionStepSuccess": _succeed,
    "UpdatePipelineVersion": _update_version,
    "DescribePipelineDefinitionForExecution": _definition_of,
    "ListPipelineParametersForExecution": _parameters,
}
