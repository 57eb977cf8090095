"""Selects the variant for a request: by name, or at random by weight."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..call import Call
from ..clock import clocks
from ..kinds import KINDS
from ..kinds.deployments import missing_parts
from ..kinds.inference_components import served
from ..status import apply_due_stages
from ..store import lock_of, store_of

__all__ = ["Target", "choose", "chosen", "look_up"]


@dataclass(frozen=True, slots=True)
class Target:
    """What an endpoint currently runs."""

    account: str
    region: str
    partition: str
    endpoint: str
    deployed: Mapping[str, Any]
    images: Mapping[str, str]
    roles: Mapping[str, str]
    """the execution role of each variant's model"""
    components: Mapping[str, Mapping[str, Any]]
    """the inference components that can be invoked, by name"""
    broken: str | None
    """why invocations fail although the endpoint is in service, or None"""


def _no_endpoint(account: str, name: str) -> Exception:
    return errors.failure("ValidationError", f"Endpoint {name} of account {account} not found.")


def look_up(account: str, region: str, partition: str, name: str) -> Target:
    """Return an endpoint that is in service. Raises ValidationError for any other, as AWS does."""
    with lock_of("sagemaker", account, region):
        store = store_of("sagemaker", account, region)
        call = Call("sagemaker", account, region, partition, store, clocks.of(account), KINDS)
        apply_due_stages(call)
        record = call.find("Endpoint", name)
        deployed = record.private.get("deployed") if record else None
        if record is None or deployed is None or record.attributes["EndpointStatus"] in ("Deleting", "Failed"):
            raise _no_endpoint(account, name)
        if record.attributes["EndpointStatus"] == "OutOfService":
            raise errors.failure("ValidationError", f"Endpoint {name} is OutOfService.")
        images, roles = {}, {}
        for variant in (*deployed["variants"], *deployed["shadows"]):
            shown = variant.get("DeployedImages") or [{}]
            images[variant["VariantName"]] = shown[0].get("SpecifiedImage", "")
            model = call.find("Model", variant.get("ModelName") or "")
            if model and model.attributes.get("ExecutionRoleArn"):
                roles[variant["VariantName"]] = model.attributes["ExecutionRoleArn"]
        broken = missing_parts(call, deployed)
        components = served(call, record.name)
        target = Target(account, region, partition, record.name, deployed, images, roles, components, broken)
    for work in call.later:
        work()
    return target


def chosen(target: Target, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Select what an invocation runs on: an inference component, or a variant. Raises ValidationError as AWS does.

    Recorded: https://github.com/langchain-ai/langchain/issues/14344
    """
    component = request.get("InferenceComponentName")
    hosts_components = not any(one.get("ModelName") for one in target.deployed["variants"])
    if hosts_components and not component:
        raise errors.failure(
            "ValidationError",
            "Inference Component Name header is required for endpoints to which you plan to deploy inference "
            "components. Please include Inference Component Name header or consider using SageMaker models.",
        )
    if component and not hosts_components:
        raise errors.failure(
            "ValidationError",
            "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference "
            "components. Please remove the Inference Component Name header and try again.",
        )
    if not component:
        return choose(target, request.get("TargetVariant"))
    if component not in target.components:
        raise errors.failure(
            "ValidationError",
            f"Inference Component {component} not found for endpoint {target.endpoint} of account {target.account}.",
        )
    served_by = target.components[component]
    return {**choose(target, served_by["VariantName"]), **served_by, "component": component}


def choose(target: Target, wanted: str | None) -> Mapping[str, Any]:
    """Select the variant. Raises ValidationError for an unknown name."""
    variants = target.deployed["variants"]
    if wanted:
        for variant in variants:
            if variant["VariantName"] == wanted:
                found: Mapping[str, Any] = variant
                return found
        raise errors.failure(
            "ValidationError", f"Variant {wanted} not found for endpoint {target.endpoint} of account {target.account}."
        )
    weights = [variant["DesiredWeight"] for variant in variants]
    if not any(weights):
        weights = [1.0] * len(variants)
    picked: Mapping[str, Any] = random.choices(variants, weights)[0]
    return picked
