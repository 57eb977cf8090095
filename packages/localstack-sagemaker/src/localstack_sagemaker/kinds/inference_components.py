"""Inference components: models that share the instances of an endpoint's variant, and their copies.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..alarms import first_in_alarm
from ..call import Call, Kind, Operation
from ..component_placement import place_components
from ..faults import DEFAULT_REASON
from ..generic import response
from ..records import Record, Stage
from ..scalable_targets import deregister
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS", "served"]

_STATUS = "InferenceComponentStatus"
_ROLLED_BACK = "The update was rolled back because the new copies failed their health checks."


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    endpoint = call.get(call.kinds["Endpoint"], (attributes["EndpointName"],))
    status = endpoint.attributes["EndpointStatus"]
    if status != "InService":
        raise errors.validation(f'Cannot create inference component on endpoint "{endpoint.arn}" with status {status}.')
    attributes["EndpointName"], attributes["EndpointArn"] = endpoint.name, endpoint.arn
    base = _base(call, attributes["Specification"])
    if base:
        if base.attributes["EndpointName"] != endpoint.name:
            raise errors.validation(f"Inference component {base.name} is not on endpoint {endpoint.name}.")
        attributes.setdefault("VariantName", base.attributes["VariantName"])
    variant = _variant_of(endpoint, attributes.get("VariantName"))
    attributes["VariantName"] = variant["VariantName"]
    copies = (attributes.pop("RuntimeConfig", None) or {}).get("CopyCount", 1)
    _check_specification(call, attributes["Specification"])
    attributes["RuntimeConfig"] = {"DesiredCopyCount": copies, "CurrentCopyCount": 0}


def _variant_of(endpoint: Record, name: str | None) -> Mapping[str, Any]:
    """The variant to deploy on. Its configuration names an execution role and no model."""
    variants: list[dict[str, Any]] = endpoint.private["deployed"]["variants"]
    if any(one.get("ModelName") for one in variants):
        raise errors.validation(
            f'Endpoint "{endpoint.arn}" does not support inference components: its configuration has models.'
        )
    if name is None and len(variants) > 1:
        raise errors.validation("VariantName must be specified for an endpoint with several variants.")
    for one in variants:
        if name in (None, one["VariantName"]):
            return one
    raise errors.validation(f"Could not find variant {name} in endpoint {endpoint.arn}.")


def _base(call: Call, specification: Mapping[str, Any]) -> Record | None:
    name = specification.get("BaseInferenceComponentName")
    return call.get(KINDS[0], (name,)) if name else None


def _check_specification(call: Call, specification: dict[str, Any]) -> None:
    """Check what a component runs: a model, or a container, or an adapter of another component.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InferenceComponentSpecification.html
    """
    model, container = specification.get("ModelName"), specification.get("Container")
    if specification.get("BaseInferenceComponentName"):
        if specification.get("ComputeResourceRequirements"):
            raise errors.validation("ComputeResourceRequirements cannot be specified with BaseInferenceComponentName.")
        return
    if bool(model) == bool(container):
        raise errors.validation("Exactly one of ModelName and Container must be specified for an inference component.")
    if not specification.get("ComputeResourceRequirements"):
        raise errors.validation("ComputeResourceRequirements must be specified for an inference component.")
    if model:
        call.get(call.kinds["Model"], (model,))


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    specification = attributes["Specification"] = copy.deepcopy(attributes["Specification"])
    container = specification.get("Container")
    image = container.pop("Image", None) if container else None
    if image:
        container["DeployedImage"] = {
            "SpecifiedImage": image,
            "ResolvedImage": image,
            "ResolutionTime": record.created,
        }


def _on_status(call: Call, record: Record) -> None:
    status = record.attributes[_STATUS]
    if status == "InService":
        _end_update(call, record)
    place_components(call, record.attributes["EndpointName"], record)


def _end_update(call: Call, record: Record) -> None:
    """Complete an update, or restore the component from before it."""
    following = record.private.pop("next", None)
    if not following:
        return
    deployment = following.get("LastDeploymentConfig") or {}
    alarm = first_in_alarm(call, deployment)
    reason = record.private.pop("rollback", None)
    reason = reason or (f"The update was rolled back because alarm {alarm} went into ALARM." if alarm else None)
    if reason:
        record.attributes["FailureReason"] = reason
    else:
        record.attributes |= following


def served(call: Call, endpoint: str) -> dict[str, dict[str, Any]]:
    """The components of an endpoint that can be invoked, by name: variant, model, image, model data and role."""
    found = {}
    for record in call.store.of("InferenceComponent").values():
        attributes = record.attributes
        if attributes["EndpointName"] == endpoint and attributes["RuntimeConfig"]["CurrentCopyCount"]:
            found[record.name] = {"VariantName": attributes["VariantName"], **_container(call, attributes)}
    return found


def _container(call: Call, attributes: Mapping[str, Any]) -> dict[str, Any]:
    specification = attributes["Specification"]
    base = _base(call, specification)
    name = specification.get("ModelName")
    model = call.find("Model", name) if name else None
    first = model.private["containers"][0] if model else specification.get("Container") or {}
    own = {
        "ModelName": name,
        "image": first.get("Image"),
        "model_data_url": first.get("ModelDataUrl") or first.get("ArtifactUrl"),
        "role": model.attributes.get("ExecutionRoleArn") if model else None,
    }
    inherited = _container(call, base.attributes) if base else {}
    return inherited | {member: value for member, value in own.items() if value}


def _require_in_service(record: Record) -> None:
    status = record.attributes[_STATUS]
    if status not in ("InService", "Failed"):
        raise errors.validation(f'Cannot update inference component "{record.arn}" with status {status}.')


def _update(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_in_service(record)
    request = call.request
    if not request.get("Specification") and not request.get("RuntimeConfig"):
        raise errors.validation("Specification or RuntimeConfig must be specified.")
    following: dict[str, Any] = {}
    if request.get("Specification"):
        _check_specification(call, request["Specification"])
        following["Specification"] = request["Specification"]
    if request.get("RuntimeConfig"):
        config = record.attributes["RuntimeConfig"]
        following["RuntimeConfig"] = {**config, "DesiredCopyCount": request["RuntimeConfig"]["CopyCount"]}
    if request.get("DeploymentConfig"):
        following["LastDeploymentConfig"] = request["DeploymentConfig"]
    fault = call.fault(record, "rollback", "rolling_back")
    if fault:
        record.private["rollback"] = fault.reason if fault.reason != DEFAULT_REASON else _ROLLED_BACK
    return _change(call, record, following, 240)


def _update_copies(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_in_service(record)
    copies = call.request["DesiredRuntimeConfig"]["CopyCount"]
    record.attributes["RuntimeConfig"] = {**record.attributes["RuntimeConfig"], "DesiredCopyCount": copies}
    return _change(call, record, {}, 120)


def _change(call: Call, record: Record, following: dict[str, Any], seconds: float) -> Mapping[str, Any]:
    record.private["next"] = following
    record.attributes.pop("FailureReason", None)
    transition(call, record, (Stage("Updating"), Stage("InService", seconds)))
    return response(call, record)


def _on_delete(call: Call, record: Record) -> None:
    if record.attributes[_STATUS] == "Deleting":
        raise errors.validation(f'Inference component "{record.arn}" is in status DELETE_IN_PROGRESS.')
    components = call.store.of("InferenceComponent").values()
    if any(one.attributes["Specification"].get("BaseInferenceComponentName") == record.name for one in components):
        raise errors.validation(
            f'Inference component "{record.arn}" is a base inference component for one or more associated '
            "inference components; delete them first."
        )
    call.after(lambda: deregister(call, f"inference-component/{record.name}"))


KINDS = [
    Kind(
        noun="InferenceComponent",
        arn="inference-component/{InferenceComponentName}",
        key=("InferenceComponentName",),
        on_role=role_rules.inference_component,
        messages=Messages(
            missing='Could not find inference component "{arn}".',
            taken='Cannot create already existing inference component "{arn}".',
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Creating"), Stage("InService", 240)),
            delete=(Stage("Deleting"), Stage(None, 60)),
        ),
        on_create=_on_create,
        on_delete=_on_delete,
        on_describe=_on_describe,
        on_status=_on_status,
        without=frozenset({"update"}),
        listing=Listing(),
    )
]

OPERATIONS: dict[str, Operation] = {
    "UpdateInferenceComponent": _update,
    "UpdateInferenceComponentRuntimeConfig": _update_copies,
}
