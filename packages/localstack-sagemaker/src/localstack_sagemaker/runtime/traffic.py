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
from ..status import apply_due_stages
from ..store import lock_of, store_of

__all__ = ["Target", "choose", "look_up"]


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
        target = Target(account, region, partition, record.name, deployed, images, roles, broken)
    for work in call.later:
        work()
    return target


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
