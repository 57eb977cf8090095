"""Inference experiments: shadow tests. They run no traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..generic import response
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_RUNNING = (Stage("Starting"), Stage("Running", 300))
_ENDED = ("Completed", "Cancelled")


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    call.get(call.kinds["Endpoint"], (attributes["EndpointName"],))
    names = _check_variants(call, attributes["ModelVariants"])
    shadow = attributes["ShadowModeConfig"]
    wanted = [
        shadow["SourceModelVariantName"],
        *(one["ShadowModelVariantName"] for one in shadow["ShadowModelVariants"]),
    ]
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise errors.validation(f"ShadowModeConfig refers to unknown variants: {', '.join(unknown)}.")


def _check_variants(call: Call, variants: list[dict[str, Any]]) -> set[str]:
    for variant in variants:
        call.get(call.kinds["Model"], (variant["ModelName"],))
    return {variant["VariantName"] for variant in variants}


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateInferenceExperiment.html
    if record.attributes["Status"] not in ("Created", "Running"):
        raise errors.conflict(f"Inference experiment {record.name} is {record.attributes['Status']}.")
    if changes.get("ModelVariants"):
        _check_variants(call, changes["ModelVariants"])


def _update_stages(record: Record) -> tuple[Stage, ...]:
    if record.attributes["Status"] == "Running":
        return (Stage("Updating"), Stage("Running", 60))
    return (Stage("Updating"), Stage("Created", 60), *_RUNNING)


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    endpoint = call.find("Endpoint", attributes["EndpointName"])
    attributes["Arn"] = record.arn
    attributes["EndpointMetadata"] = {"EndpointName": attributes["EndpointName"]}
    if endpoint:
        attributes["EndpointMetadata"]["EndpointStatus"] = endpoint.attributes["EndpointStatus"]
    status = "InService" if attributes["Status"] == "Running" else "Creating"
    status = "Deleted" if attributes["Status"] in _ENDED else status
    attributes["ModelVariants"] = [{**one, "Status": status} for one in attributes["ModelVariants"]]


def _on_status(call: Call, record: Record) -> None:
    if record.attributes["Status"] in _ENDED:
        record.attributes["CompletionTime"] = call.now()


def _start(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    if record.attributes["Status"] != "Created":
        raise errors.conflict(f"Inference experiment {record.name} is {record.attributes['Status']}.")
    transition(call, record, _RUNNING)
    return response(call, record)


def _stop(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    if record.attributes["Status"] in (*_ENDED, "Stopping"):
        raise errors.conflict(f"Inference experiment {record.name} is {record.attributes['Status']}.")
    if call.request.get("Reason"):
        record.attributes["StatusReason"] = call.request["Reason"]
    end = call.request.get("DesiredState") or "Completed"
    transition(call, record, (Stage("Stopping"), Stage(end, 120)))
    return response(call, record)


def _on_delete(call: Call, record: Record) -> None:
    if record.attributes["Status"] not in (*_ENDED, "Created"):
        raise errors.conflict(f"Inference experiment {record.name} is {record.attributes['Status']}; stop it first.")


KINDS = [
    Kind(
        noun="InferenceExperiment",
        arn="inference-experiment/{Name}",
        key=("Name",),
        on_role=role_rules.assumed,
        messages=Messages(
            missing="Inference experiment {name} does not exist.",
            taken="Inference experiment with name {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member="Status",
            create=(Stage("Creating"), Stage("Created", 60), Stage("Starting", 5), Stage("Running", 300)),
            failed="",
            reason=None,
        ),
        listing=Listing(),
        on_create=_on_create,
        on_update=_on_update,
        update_stages=_update_stages,
        on_delete=_on_delete,
        on_describe=_on_describe,
        on_status=_on_status,
    )
]

OPERATIONS: dict[str, Operation] = {"StartInferenceExperiment": _start, "StopInferenceExperiment": _stop}
