"""Takes the plan of one case out of the plan of a batch, as if its module had been the root module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["split"]


def _below(address: str, prefix: str) -> str:
    return address[len(prefix) :]


def _strip_module(module: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """A ``planned_values`` module with the prefix taken off every address in it."""
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


def _strip_configuration(configuration: Mapping[str, Any], key: str, known: dict[str, Any]) -> Any:
    """The module's configuration, with the case's name taken out of the provider keys.

    ``known`` has what was made before, by its text: cases of one module share one, which saves most of their memory.
    """
    text = json.dumps(configuration).replace(f"module.{key}.", "").replace(f"module.{key}:", "")
    if text not in known:
        known[text] = json.loads(text)
    return known[text]


def _outputs(
    key: str, raw: Mapping[str, Any], configuration: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The module's outputs as ``planned_values.outputs`` and ``output_changes`` of a root module."""
    change = raw.get("output_changes", {}).get(key, {})
    after = change.get("after")
    unknown = change.get("after_unknown", False)
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, declared in configuration.get("outputs", {}).items():
        sensitive = bool(declared.get("sensitive"))
        part = unknown.get(name, False) if isinstance(unknown, Mapping) else unknown
        value = after.get(name) if isinstance(after, Mapping) else None
        values[name] = {"sensitive": sensitive}
        if part is not True:
            values[name]["value"] = value
        changes[name] = {
            "actions": change.get("actions", ["create"]),
            "before": None,
            "after": value,
            "after_unknown": part,
            "before_sensitive": False,
            "after_sensitive": sensitive,
        }
    return values, changes


def split(raw: Mapping[str, Any], variables: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """One plan a case, by key, in Terraform's plan format.

    ``raw`` is the batch's plan, ``variables`` the variables of each case by its key.
    Source of the format: https://developer.hashicorp.com/terraform/internals/json-format
    """
    planned = _by_case(raw.get("planned_values"))
    prior = _by_case(raw.get("prior_state", {}).get("values"))
    calls = raw.get("configuration", {}).get("root_module", {}).get("module_calls", {})
    changes: dict[str, list[dict[str, Any]]] = {key: [] for key in variables}
    for change in raw.get("resource_changes", []):
        head, _, rest = change["address"].partition(".")
        key = rest.partition(".")[0]
        if head == "module" and key in changes:
            changes[key].append(_strip_change(change, f"module.{key}."))
    plans: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {}
    for key, given in variables.items():
        prefix = f"module.{key}."
        configuration = calls.get(key, {}).get("module", {})
        outputs, output_changes = _outputs(key, raw, configuration)
        plans[key] = {
            "format_version": raw.get("format_version"),
            "terraform_version": raw.get("terraform_version"),
            "variables": {name: {"value": value} for name, value in given.items()},
            "planned_values": {
                "outputs": outputs,
                "root_module": _strip_module(planned.get(f"module.{key}", {}), prefix),
            },
            "resource_changes": changes[key],
            "output_changes": output_changes,
            "prior_state": {
                "format_version": "1.0",
                "values": {"root_module": _strip_module(prior.get(f"module.{key}", {}), prefix)},
            },
            "configuration": {"root_module": _strip_configuration(configuration, key, known)},
        }
    return plans
