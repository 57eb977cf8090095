"""Takes the plan of one case out of the plan of a batch, as if its module had been the root module."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Seat", "split"]

_CASE_MODULE = re.compile(r'module\.[A-Za-z0-9_-]+(?:\["[^"]+"\])?')


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a case sits in a batch: the module call, the key of its instance where the call has several, the address
    of that module, and the case's variables.
    """

    call: str
    instance: str | None
    address: str
    variables: Mapping[str, Any]


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


def _strip_configuration(configuration: Mapping[str, Any], call: str, known: dict[str, Any]) -> Any:
    """The module's configuration, with the call's name taken out of the provider keys.

    ``known`` has what was made before, by its text: cases of one module share one, which saves most of their memory.
    """
    text = json.dumps(configuration).replace(f"module.{call}.", "").replace(f"module.{call}:", "")
    if text not in known:
        known[text] = json.loads(text)
    return known[text]


def _part(value: Any, name: str | None) -> Any:
    """What ``value`` has under ``name``; a mask may stand for all that is below it."""
    return value.get(name) if name is not None and isinstance(value, Mapping) else value


def _any(mask: Any) -> bool:
    """Whether a mask marks anything: beside a marked output Terraform writes out the masks of the others too."""
    if isinstance(mask, Mapping):
        return any(map(_any, mask.values()))
    return any(map(_any, mask)) if isinstance(mask, list) else bool(mask)


def _outputs(
    seat: Seat, change: Mapping[str, Any], configuration: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The module's outputs as ``planned_values.outputs`` and ``output_changes`` of a root module."""
    after = _part(change.get("after"), seat.instance)
    unknown = _part(change.get("after_unknown", False), seat.instance)
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, declared in configuration.get("outputs", {}).items():
        sensitive = bool(declared.get("sensitive"))
        part = _part(unknown, name)
        part = part if _any(part) else False
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


def _changes(raw: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The changes by the address of the case's module."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in raw.get("resource_changes", []):
        if match := _CASE_MODULE.match(change["address"]):
            found.setdefault(match[0], []).append(_strip_change(change, f"{match[0]}."))
    return found


def split(raw: Mapping[str, Any], seats: Mapping[str, Seat]) -> dict[str, dict[str, Any]]:
    """One plan a case, by key, in Terraform's plan format.

    ``raw`` is the batch's plan, ``seats`` say by key where its cases are.
    Source of the format: https://developer.hashicorp.com/terraform/internals/json-format
    """
    planned = _by_case(raw.get("planned_values"))
    prior = _by_case(raw.get("prior_state", {}).get("values"))
    calls = raw.get("configuration", {}).get("root_module", {}).get("module_calls", {})
    changes = _changes(raw)
    plans: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {}
    for key, seat in seats.items():
        prefix = f"{seat.address}."
        configuration = calls.get(seat.call, {}).get("module", {})
        outputs, output_changes = _outputs(seat, raw.get("output_changes", {}).get(seat.call, {}), configuration)
        plans[key] = {
            "format_version": raw.get("format_version"),
            "terraform_version": raw.get("terraform_version"),
            "variables": {name: {"value": value} for name, value in seat.variables.items()},
            "planned_values": {
                "outputs": outputs,
                "root_module": _strip_module(planned.get(seat.address, {}), prefix),
            },
            "resource_changes": changes.get(seat.address, []),
            "output_changes": output_changes,
            "prior_state": {
                "format_version": "1.0",
                "values": {"root_module": _strip_module(prior.get(seat.address, {}), prefix)},
            },
            "configuration": {"root_module": _strip_configuration(configuration, seat.call, known)},
        }
    return plans
