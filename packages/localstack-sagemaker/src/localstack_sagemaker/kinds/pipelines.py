"""Pipelines and their executions. An execution runs no step and lists those of the definition as done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import response
from ..listing import page
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Messages

__all__ = ["KINDS", "OPERATIONS"]


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
        json.loads(attributes["PipelineDefinition"])
    except ValueError as error:
        raise errors.validation(f"Unable to parse pipeline definition. {error}") from None


def _from_s3(call: Call, location: Mapping[str, str]) -> str:
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).s3
    version = {"VersionId": location["VersionId"]} if location.get("VersionId") else {}
    try:
        found = client.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
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


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _definition(call, changes, required=False)


def _start(call: Call) -> Mapping[str, Any]:
    pipeline = call.get(KINDS[0], _key(call, call.request))
    key = (pipeline.name, call.random_id(12))
    now = call.now()
    arn = f"{pipeline.arn}/execution/{key[1]}"
    given = {member: value for member, value in call.request.items() if value is not None}
    record = Record(KINDS[1].noun, key, arn, {**given, "PipelineArn": pipeline.arn}, now, now)
    record.attributes.setdefault("PipelineExecutionDisplayName", f"execution-{int(now.timestamp() * 1000)}")
    record.attributes["PipelineExecutionArn"] = arn
    record.attributes["StartTime"] = now
    record.private["definition"] = pipeline.attributes["PipelineDefinition"]
    pipeline.attributes["LastRunTime"] = pipeline.attributes["LastExecutionTime"] = now
    call.store.add(record)
    transition(call, record, (Stage("Executing"), _end(record)))
    return {"PipelineExecutionArn": arn}


def _end(record: Record) -> Stage:
    """The last status: a Fail step that is reached fails the execution, as AWS documents.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """
    if any(step.get("Type") == "Fail" for step in _steps_of(record)):
        return Stage("Failed", 120, {"FailureReason": "Step failure: One or multiple steps failed."})
    return Stage("Succeeded", 120)


def _steps_of(record: Record) -> list[dict[str, Any]]:
    definition = json.loads(record.private["definition"])
    steps = definition.get("Steps") if isinstance(definition, dict) else None
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _execution(call: Call) -> Record:
    arn = call.request.get("PipelineExecutionArn")
    if not arn:
        raise errors.validation("PipelineExecutionArn must be specified.")
    record = call.store.by_arn(arn)
    if record is None or record.noun != KINDS[1].noun:
        raise errors.not_found(f"Pipeline execution with ARN {arn} does not exist.")
    return record


def _describe_execution(call: Call) -> Mapping[str, Any]:
    return response(call, _execution(call))


def _update_execution(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    record.attributes |= {member: value for member, value in call.request.items() if value is not None}
    record.modified = call.now()
    return response(call, record)


def _stop_execution(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    status = record.attributes["PipelineExecutionStatus"]
    if status != "Executing":
        raise errors.conflict(f"Pipeline execution {record.arn} is {status} and cannot be stopped.")
    transition(call, record, (Stage("Stopping"), Stage("Stopped", 20)))
    return {"PipelineExecutionArn": record.arn}


_STEP_STATUS = {"Executing": "Executing", "Succeeded": "Succeeded", "Failed": "Failed", "Stopping": "Stopping"}


def _steps(call: Call) -> Mapping[str, Any]:
    record = _execution(call)
    status = record.attributes["PipelineExecutionStatus"]
    shown = [_step(number, step, status, record) for number, step in enumerate(_steps_of(record), 1)]
    part, token = page(shown, call.request, 20)
    return {"PipelineExecutionSteps": part} | ({"NextToken": token} if token else {})


def _step(number: int, step: Mapping[str, Any], execution: str, record: Record) -> dict[str, Any]:
    fails = step.get("Type") == "Fail"
    status = _STEP_STATUS.get(execution, "Stopped")
    if execution == "Failed" and not fails:
        status = "Succeeded"
    shown = {"StepName": str(step.get("Name", f"step-{number}")), "StepStatus": status, "StartTime": record.created}
    if status == "Failed":
        arguments = step.get("Arguments") if isinstance(step.get("Arguments"), dict) else {}
        shown["FailureReason"] = str((arguments or {}).get("ErrorMessage", ""))
    return shown


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
        if one.attributes["PipelineExecutionStatus"] in ("Executing", "Stopping"):
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
    ),
    Kind(
        noun="PipelineExecution",
        arn="pipeline/{PipelineName}/execution/{PipelineExecutionId}",
        key=("PipelineName", "PipelineExecutionId"),
        messages=Messages(
            missing="Pipeline execution {name} does not exist.", taken="", missing_code="ResourceNotFound"
        ),
        lifecycle=Lifecycle(member="PipelineExecutionStatus"),
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
    "DescribePipelineDefinitionForExecution": _definition_of,
    "ListPipelineParametersForExecution": _parameters,
}
