"""Extracts the plan of each case from the plan of a batch, as if its module were the root module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modproof.plan.answering import Answers, without_traces
from modproof.plan.sensitive_outputs import Derived, derived
from modproof.terraform.addresses import first_module
from modproof.terraform.values import MISSING, PlannedValue, any_marked

__all__ = ["ModuleInstance", "outputs_name", "split"]


@dataclass(frozen=True, slots=True)
class ModuleInstance:
    """The module instance of a case in a batch: its call, its key if the call is shared, its address and variables.

    ``unknown`` names the variables that are unknown as a whole. ``folder`` is the module's folder. ``answers`` are
    those of its data sources.
    """

    call: str
    key: str | None
    address: str
    variables: Mapping[str, Any]
    unknown: frozenset[str] = frozenset()
    folder: Path | None = None
    answers: Answers | None = None


def _below(address: str, prefix: str) -> str:
    return address[len(prefix) :]


def _marked(mask: Any, attributes: frozenset[str]) -> Any:
    """The mask of a resource with ``attributes`` marked, too."""
    return mask if mask is True or not attributes else {**(mask or {}), **dict.fromkeys(attributes, True)}


def _strip_module(module: Mapping[str, Any], prefix: str, sensitive: Derived) -> dict[str, Any]:
    """A ``planned_values`` module with the prefix removed from every address in it."""
    stripped: dict[str, Any] = {}
    if module.get("address", "").startswith(prefix):
        stripped["address"] = _below(module["address"], prefix)
    if "resources" in module:
        stripped["resources"] = [_strip_resource(resource, prefix, sensitive) for resource in module["resources"]]
    if "child_modules" in module:
        stripped["child_modules"] = [_strip_module(child, prefix, sensitive) for child in module["child_modules"]]
    return stripped


def _strip_resource(resource: Mapping[str, Any], prefix: str, sensitive: Derived) -> dict[str, Any]:
    address = _below(resource["address"], prefix)
    attributes = sensitive.of(address)
    if not attributes:
        return {**resource, "address": address}
    return {
        **resource,
        "address": address,
        "sensitive_values": _marked(resource.get("sensitive_values"), attributes),
    }


def _by_case(values: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    root = (values or {}).get("root_module", {})
    return {child["address"]: child for child in root.get("child_modules", [])}


def _strip_change(change: Mapping[str, Any], prefix: str, sensitive: Derived) -> dict[str, Any]:
    address = _below(change["address"], prefix)
    stripped = {**change, "address": address}
    module = change.get("module_address", "")
    if module.startswith(prefix):
        stripped["module_address"] = _below(module, prefix)
    else:
        stripped.pop("module_address", None)
    attributes = sensitive.of(address)
    if attributes:
        mask = _marked(change["change"].get("after_sensitive"), attributes)
        stripped["change"] = {**change["change"], "after_sensitive": mask}
    return stripped


def _strip_configuration(configuration: Mapping[str, Any], call: str, known: dict[str, Any]) -> Any:
    """The module's configuration, with the call's name removed from the provider keys.

    ``known`` has the previous ones by their text: the cases of a module share one, which saves most of the memory.
    """
    text = json.dumps(configuration).replace(f"module.{call}.", "").replace(f"module.{call}:", "")
    if text not in known:
        known[text] = json.loads(text)
    return known[text]


def outputs_name(call: str) -> str:
    """The name of the ``terraform_data`` in a batch with the outputs of a call as ``input``.

    A resource shows which parts of its values are sensitive. An output with a sensitive part must be sensitive as a
    whole.
    """
    return f"{call}_outputs"


def _outputs(instance: ModuleInstance, change: Mapping[str, Any], sensitive: Derived) -> dict[str, PlannedValue]:
    """The outputs of the module by name, without the ephemeral ones. ``change`` is the one of all its instances."""
    masks = change.get("after_unknown", False), change.get("after_sensitive", False)
    whole = PlannedValue(change.get("after"), *masks).at("input")
    module = whole if instance.key is None else whole.at(instance.key)
    found = {name: module.at(name) for name in module.keys}
    return {
        name: replace(value, sensitive=name in sensitive.outputs or value.sensitive) for name, value in found.items()
    }


def _planned_outputs(outputs: Mapping[str, PlannedValue]) -> dict[str, Any]:
    """``outputs`` as the ``planned_values.outputs`` of a root module."""
    return {
        name: {"sensitive": output.is_sensitive} | ({} if output.is_unknown else {"value": output.value})
        for name, output in outputs.items()
    }


def _output_changes(outputs: Mapping[str, PlannedValue]) -> dict[str, Any]:
    """``outputs`` as the ``output_changes`` of a root module."""
    return {
        name: {
            "actions": ["create"],
            "before": None,
            "after": None if output.value is MISSING else output.value,
            "after_unknown": output.unknown if any_marked(output.unknown) else False,
            "before_sensitive": False,
            "after_sensitive": output.sensitive if any_marked(output.sensitive) else False,
        }
        for name, output in outputs.items()
    }


def _variables(instance: ModuleInstance, configuration: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The value of each variable that is known: the case's, or the default, as in the plan of a root module."""
    declared = configuration.get("variables", {})
    defaults = {
        name: variable["default"]
        for name, variable in declared.items()
        if "default" in variable and name not in instance.unknown
    }
    given = {name: value for name, value in instance.variables.items() if name not in instance.unknown}
    return {name: {"value": value} for name, value in {**defaults, **given}.items()}


def _changes(raw: Mapping[str, Any]) -> tuple[dict[str, list[Mapping[str, Any]]], dict[str, Mapping[str, Any]]]:
    """The changes of each case by its module address, and those of the root module by address."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    of_root: dict[str, Mapping[str, Any]] = {}
    for change in raw.get("resource_changes", []):
        if (module := first_module(change["address"])) is not None:
            found.setdefault(module[1], []).append(change)
        else:
            of_root[change["address"]] = change["change"]
    return found, of_root


def split(raw: Mapping[str, Any], instances: Mapping[str, ModuleInstance]) -> dict[str, dict[str, Any]]:
    """One plan per case, by key, in Terraform's plan format.

    ``raw`` is the plan of the batch, ``instances`` are the module instances of the cases by key.
    Source of the format: https://developer.hashicorp.com/terraform/internals/json-format
    """
    planned = _by_case(raw.get("planned_values"))
    prior = _by_case(raw.get("prior_state", {}).get("values"))
    calls = raw.get("configuration", {}).get("root_module", {}).get("module_calls", {})
    changes, of_root = _changes(raw)
    plans: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {}
    readable: dict[str, Any] = {}
    sensitive: dict[str, Derived] = {}
    for key, instance in instances.items():
        prefix = f"{instance.address}."
        configuration = calls.get(instance.call, {}).get("module", {})
        if instance.answers is not None and instance.call not in readable:
            text = json.dumps(configuration)
            readable[instance.call] = json.loads(instance.answers.readable(text))
        configuration = readable.get(instance.call, configuration)
        if instance.call not in sensitive:
            sensitive[instance.call] = derived(configuration, instance.folder)
        marks = sensitive[instance.call]
        outputs = _outputs(instance, of_root.get(f"terraform_data.{outputs_name(instance.call)}", {}), marks)
        plan = {
            "format_version": raw.get("format_version"),
            "terraform_version": raw.get("terraform_version"),
            "variables": _variables(instance, configuration),
            "planned_values": {
                "outputs": _planned_outputs(outputs),
                "root_module": _strip_module(planned.get(instance.address, {}), prefix, marks),
            },
            "resource_changes": [_strip_change(change, prefix, marks) for change in changes.get(instance.address, [])],
            "output_changes": _output_changes(outputs),
            "prior_state": {
                "format_version": "1.0",
                "values": {"root_module": _strip_module(prior.get(instance.address, {}), prefix, marks)},
            },
            "configuration": {"root_module": _strip_configuration(configuration, instance.call, known)},
        }
        plans[key] = without_traces(plan, instance.answers)
    return plans
