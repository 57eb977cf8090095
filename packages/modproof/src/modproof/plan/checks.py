"""The failed conditions of a plan. An error message names the condition, but not the instance that failed it.

The plan file that Terraform writes despite such errors has the state of every condition of every instance.
Source: https://developer.hashicorp.com/terraform/internals/json-format#checks-representation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FailedCheck", "failed_checks"]


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """``address`` is the instance that failed, ``owner`` what the condition belongs to, as in :class:`Condition`."""

    address: str
    owner: str
    message: str


def failed_checks(plan: Mapping[str, Any]) -> Iterator[FailedCheck]:
    """Every condition that an instance failed, from a plan's JSON."""
    for check in plan.get("checks", []):
        for instance in check.get("instances", []):
            for problem in instance.get("problems", []):
                yield FailedCheck(instance["address"]["to_display"], _owner(check["address"]), problem["message"])


def _owner(address: Mapping[str, Any]) -> str:
    kind = {"output_value": "output", "resource": address.get("type", "")}.get(address["kind"], address["kind"])
    prefix = "data." if address.get("mode") == "data" else ""
    return f"{prefix}{kind}.{address['name']}"
