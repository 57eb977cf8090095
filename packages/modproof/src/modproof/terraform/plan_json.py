"""What a plan in Terraform's JSON format contains.

Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from modproof.terraform.addresses import without_keys
from modproof.terraform.values import PlannedValue

__all__ = [
    "configured_arguments",
    "ephemeral_outputs",
    "planned_outputs",
    "planned_values",
    "resource_counts",
    "sensitive_values",
]


def planned_values(plan: Mapping[str, Any]) -> dict[str, PlannedValue]:
    """Planned resources, and data sources, by address."""
    found: dict[str, PlannedValue] = {}
    waiting = [plan.get("prior_state", {}).get("values", {}).get("root_module", {})]
    while waiting:
        module = waiting.pop()
        waiting += module.get("child_modules", [])
        for resource in module.get("resources", []):
            sensitive = resource.get("sensitive_values", False)
            found[resource["address"]] = PlannedValue(resource.get("values", {}), False, sensitive)
    for change in plan.get("resource_changes", []):
        found[change["address"]] = _after(change["change"], change["change"].get("after") or {})
    return found


def planned_outputs(plan: Mapping[str, Any]) -> dict[str, PlannedValue]:
    """The root module's outputs by name."""
    return {name: _after(change, change.get("after")) for name, change in plan.get("output_changes", {}).items()}


def configured_arguments(plan: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """The arguments of a resource as expressions, by name; empty if the configuration does not have it."""
    module, name = plan.get("configuration", {}).get("root_module", {}), without_keys(address)
    while name.startswith("module."):
        _, called, name = name.split(".", 2)
        module = module.get("module_calls", {}).get(called, {}).get("module", {})
    resources = module.get("resources") or ()
    return next((each.get("expressions") or {} for each in resources if each["address"] == name), {})


def ephemeral_outputs(plan: Mapping[str, Any]) -> set[str]:
    """The ephemeral outputs of the root module: they are declared, but a plan has no value of them."""
    declared = plan.get("configuration", {}).get("root_module", {}).get("outputs", {})
    return set(declared) - set(plan.get("output_changes", {}))


def resource_counts(plan: Mapping[str, Any]) -> Counter[str]:
    """The number of planned managed resources by type."""
    return Counter(
        change["type"] for change in plan.get("resource_changes", []) if change.get("mode", "managed") == "managed"
    )


def _after(change: Mapping[str, Any], value: Any) -> PlannedValue:
    return PlannedValue(value, change.get("after_unknown", False), change.get("after_sensitive", False))


def sensitive_values(plan: Mapping[str, Any]) -> list[str]:
    """The variables, resources and outputs of ``plan`` with known values, or defaults, that are marked as sensitive."""
    found = [
        f"var.{name}"
        for name, declared in plan["configuration"]["root_module"].get("variables", {}).items()
        if declared.get("sensitive")
        # the configuration has the default even if the variable has another value
        and (declared.get("default"), plan["variables"].get(name, {}).get("value")) != (None, None)
    ]
    found += [address for address, value in planned_values(plan).items() if value.holds_secret()]
    found += [f"output {name}" for name, value in planned_outputs(plan).items() if value.holds_secret()]
    return found
