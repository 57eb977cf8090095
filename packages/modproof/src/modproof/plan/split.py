"""Extracts the plan of each case from the plan of a batch, as if its module were the root module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modproof.terraform.addresses import first_module
from modproof.terraform.values import MISSING, PlannedValue, any_marked

__all__ = ["ModuleInstance", "split"]


@dataclass(frozen=True, slots=True)
class ModuleInstance:
    """The module instance of a case in a batch: its call, its key if the call is shared, its address and variables."""

    call: str
    key: str | None
    address: str
    variables: Mapping[str, Any]


def _below(address: str, prefix: str) -> str:
    return address[len(prefix) :]


def _strip_module(module: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """A ``planned_values`` module with the prefix removed from every address in it."""
    stripped: dict[str, Any] = {}
    if module.get("address", "").startswith(prefix):
        stripped["address"] = _below(module["address"], prefix)
    if "resources" in module:
        stripped["resources"] = [{**r, "address": _below(r["address"], prefix)} for r in module["resources"]]
    if "child_modules" in module:
        stripped["child_modules"] = [_strip_module(child, prefix) for child in module["child_modules"]]
    return stripped


def _by_case(values: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    root = (values or {}).get("root_module", {})
    return {child["address"]: child for child in root.get("child_modules", [])}


def _strip_change(change: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    stripped = {**change, "address": _below(change["address"], prefix)}
    module = change.get("module_address", "")
    if module.startswith(prefix):
        stripped["module_address"] = _below(module, prefix)
    else:
        stripped.pop("module_address", None)
    return stripped


def _strip_configuration(configuration: Mapping[str, Any], call: str, known: dict[str, Any]) -> Any:
    """The module's configuration, with the call's name removed from the provider keys.

    ``known`` has the previous ones by their text: the cases of a module share one, which saves most of the memory.
    """
    text = json.dumps(configuration).replace(f"module.{call}.", "").replace(f"module.{call}:", "")
    if text not in known:
        known[text] = json.loads(text)
    return known[text]


def _outputs(
    instance: ModuleInstance, change: Mapping[str, Any], configuration: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The module's outputs as ``planned_values.outputs`` and ``output_changes`` of a root module."""
    whole = PlannedValue(change.get("after"), change.get("after_unknown", False))
    module = whole if instance.key is None else whole.at(instance.key)
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, declared in configuration.get("outputs", {}).items():
        sensitive = bool(declared.get("sensitive"))
        output = module.at(name)
        value = None if output.value is MISSING else output.value
        values[name] = {"sensitive": sensitive}
        if not output.is_unknown:
            values[name]["value"] = value
        changes[name] = {
            "actions": change.get("actions", ["create"]),
            "before": None,
            "after": value,
            "after_unknown": output.unknown if any_marked(output.unknown) else False,
            "before_sensitive": False,
            "after_sensitive": sensitive,
        }
    return values, changes


def _changes(raw: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The changes by the module address of their case."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in raw.get("resource_changes", []):
        if (module := first_module(change["address"])) is not None:
            found.setdefault(module[1], []).append(_strip_change(change, f"{module[1]}."))
    return found


def split(raw: Mapping[str, Any], instances: Mapping[str, ModuleInstance]) -> dict[str, dict[str, Any]]:
    """One plan per case, by key, in Terraform's plan format.

    ``raw`` is the plan of the batch, ``instances`` are the module instances of the cases by key.
    Source of the format: https://developer.hashicorp.com/terraform/internals/json-format
    """
    planned = _by_case(raw.get("planned_values"))
    prior = _by_case(raw.get("prior_state", {}).get("values"))
    calls = raw.get("configuration", {}).get("root_module", {}).get("module_calls", {})
    changes = _changes(raw)
    plans: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {}
    for key, instance in instances.items():
        prefix = f"{instance.address}."
        configuration = calls.get(instance.call, {}).get("module", {})
        outputs, output_changes = _outputs(
            instance, raw.get("output_changes", {}).get(instance.call, {}), configuration
        )
        plans[key] = {
            "format_version": raw.get("format_version"),
            "terraform_version": raw.get("terraform_version"),
            "variables": {name: {"value": value} for name, value in instance.variables.items()},
            "planned_values": {
                "outputs": outputs,
                "root_module": _strip_module(planned.get(instance.address, {}), prefix),
            },
            "resource_changes": changes.get(instance.address, []),
            "output_changes": output_changes,
            "prior_state": {
                "format_version": "1.0",
                "values": {"root_module": _strip_module(prior.get(instance.address, {}), prefix)},
            },
            "configuration": {"root_module": _strip_configuration(configuration, instance.call, known)},
        }
    return plans
