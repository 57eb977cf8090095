"""Steps that create a resource: which operation, and which status ends the step."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..call import Call
from ..generic import create_operation
from ..others import service_model
from ..records import Record, Stage
from ..status import transition
from ..validation import RequestValidator

__all__ = ["RESOURCES", "Resource", "create", "outcome", "stop"]


@dataclass(frozen=True)
class Resource:
    """The resource of a step type."""

    noun: str
    metadata: str
    """member of the step's metadata that has the resource's ARN"""
    name: str = ""
    """member of the create request that has the name, which the execution assigns; empty if the definition has it"""
    status: str = ""
    """member with the status; empty if the resource is there at once"""
    done: str = "Completed"


RESOURCES = {
    "Training": Resource("TrainingJob", "TrainingJob", "TrainingJobName", "TrainingJobStatus"),
    "Processing": Resource("ProcessingJob", "ProcessingJob", "ProcessingJobName", "ProcessingJobStatus"),
    "Transform": Resource("TransformJob", "TransformJob", "TransformJobName", "TransformJobStatus"),
    "Tuning": Resource(
        "HyperParameterTuningJob", "TuningJob", "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
    ),
    "AutoML": Resource("AutoMLJob", "AutoMLJob", "AutoMLJobName", "AutoMLJobStatus"),
    "Model": Resource("Model", "Model", "ModelName"),
    "RegisterModel": Resource("ModelPackage", "RegisterModel", "", "ModelPackageStatus"),
    "EndpointConfig": Resource("EndpointConfig", "EndpointConfig", "EndpointConfigName"),
    "Endpoint": Resource("Endpoint", "Endpoint", "EndpointName", "EndpointStatus", "InService"),
}
_FAILED = ("Failed", "Stopped")
_LONGEST_NAME = {"HyperParameterTuningJobName": 32, "AutoMLJobName": 32}


@functools.cache
def _validator() -> RequestValidator:
    return RequestValidator()


def create(call: Call, resource: Resource, arguments: Mapping[str, Any], name: str) -> Record:
    """Create the resource of a step and return it. Raises the service's exceptions."""
    kind = call.kinds[resource.noun]
    operation = f"Create{resource.noun}"
    if resource.noun == "AutoMLJob" and "AutoMLJobInputDataConfig" in arguments:
        operation = "CreateAutoMLJobV2"
    model = service_model("sagemaker").operation_model(operation)
    request = dict(arguments)
    if resource.name:
        request.setdefault(resource.name, name[: _LONGEST_NAME.get(resource.name, 63)])
    _validator().validate(model.input_shape, request)
    inside = replace(call, model=model, request=request)
    before = set(call.store.of(resource.noun))
    create_operation(kind)(inside)
    (key,) = set(call.store.of(resource.noun)) - before
    return call.store.of(resource.noun)[key]


def outcome(resource: Resource, record: Record) -> tuple[str, str]:
    """The status of the step, and why it failed."""
    if not resource.status:
        return "Succeeded", ""
    status = record.attributes[resource.status]
    if status == resource.done:
        return "Succeeded", ""
    if status in _FAILED:
        arn, reason = record.arn, record.attributes.get("FailureReason") or status
        return "Failed", f"ClientError: {arn} ended with status {status}. {reason}"
    return "Executing", ""


def stop(call: Call, record: Record) -> None:
    """Stop the running job of a step."""
    lifecycle = call.kinds[record.noun].lifecycle
    if record.noun.endswith("Job") and lifecycle and record.attributes[lifecycle.member] == "InProgress":
        transition(call, record, (Stage("Stopping"), Stage("Stopped", 30)))
