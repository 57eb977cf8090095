"""The definition of a pipeline: its parameters and steps.

The schema is https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .. import errors

__all__ = ["check", "dependencies", "parameters", "steps_of"]

_STEP = re.compile(r"Steps\.([^.\[]+)")
_TYPES = {"Integer": int, "Float": float}


def steps_of(definition: str) -> dict[str, dict[str, Any]]:
    """All steps by name, those of conditions' branches included, each with the names of its condition and branch."""
    document = json.loads(definition)
    found: dict[str, dict[str, Any]] = {}
    if isinstance(document, dict):
        _collect(document.get("Steps"), found, {})
    return found


def _collect(steps: Any, found: dict[str, dict[str, Any]], inside: Mapping[str, Any]) -> None:
    for step in steps if isinstance(steps, list) else []:
        if not isinstance(step, dict):
            continue
        name = str(step.get("Name", f"step-{len(found) + 1}"))
        arguments = step.get("Arguments") if isinstance(step.get("Arguments"), dict) else {}
        found[name] = {**step, "Name": name, "Arguments": arguments, **inside}
        if step.get("Type") == "Condition":
            for outcome, member in (("True", "IfSteps"), ("False", "ElseSteps")):
                _collect((arguments or {}).get(member), found, {"Condition": name, "Outcome": outcome})


def dependencies(step: Mapping[str, Any]) -> set[str]:
    """The names of the steps that a step waits for: those it names, and those whose properties it uses."""
    own = {name: value for name, value in step.items() if name != "Arguments"}
    arguments = {name: value for name, value in step["Arguments"].items() if name not in ("IfSteps", "ElseSteps")}
    return _named(step) | set(_references([own, arguments]))


def _named(step: Mapping[str, Any]) -> set[str]:
    named = step.get("DependsOn")
    return {str(one) for one in named} if isinstance(named, list) else set()


_TYPE_NAMES: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
_DEFINITION = {"Version": str, "Metadata": dict, "Parameters": list, "Steps": list}
_PARAMETER = {"Name": str, "Type": str, "EnumValues": list}
_STEP_MEMBERS = {"Name": str, "Type": str, "Arguments": dict, "DependsOn": list, "PropertyFiles": list}
_BRANCHES = {"IfSteps": list, "ElseSteps": list}


def _check_types(definition: Any) -> None:
    """Raise ValidationException for a member of another JSON type than in the schema, and for a repeated step name."""
    _require(definition, "definition", _DEFINITION)
    for number, one in enumerate(definition.get("Parameters", [])):
        _require(one, f"Parameters[{number}]", _PARAMETER)
    names: set[str] = set()
    _check_steps(definition.get("Steps", []), "Steps", names)


def _check_steps(steps: list[Any], place: str, names: set[str]) -> None:
    for number, step in enumerate(steps):
        here = f"{place}[{number}]"
        _require(step, here, _STEP_MEMBERS)
        name = step.get("Name")
        if name in names:
            raise errors.validation(f"Unable to parse pipeline definition. {here}: there are two steps named {name}")
        names |= {name} if name else set()
        arguments = step.get("Arguments", {})
        if step.get("Type") == "Condition":
            _require(arguments, f"{here}.Arguments", _BRANCHES)
            for branch in _BRANCHES:
                _check_steps(arguments.get(branch, []), f"{here}.Arguments.{branch}", names)


def _require(value: Any, place: str, members: Mapping[str, type]) -> None:
    wanted: list[tuple[str, Any, type]] = [(place, value, dict)]
    if isinstance(value, dict):
        wanted += [(f"{place}.{name}", value[name], kind) for name, kind in members.items() if name in value]
    for where, found, kind in wanted:
        if not isinstance(found, kind):
            raise errors.validation(f"Unable to parse pipeline definition. {where} is not {_TYPE_NAMES[kind]}")


def check(definition: str) -> None:
    """Raise ValidationException for a definition that is not of the schema, and for a dependency that cannot be met.

    That is one on a step that is missing, or on the step itself by a cycle.
    """
    _check_types(json.loads(definition))
    steps = steps_of(definition)
    for name, step in steps.items():
        missing = sorted(_named(step) - set(steps))
        if missing:
            raise errors.validation(f"Step {name} depends on step(s) that do not exist: {', '.join(missing)}.")
    try:
        TopologicalSorter({name: dependencies(step) for name, step in steps.items()}).prepare()
    except CycleError as error:
        raise errors.validation(f"Steps of the pipeline depend on each other: {', '.join(error.args[1])}.") from None


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        path = value.get("Get")
        match = _STEP.match(path) if isinstance(path, str) and len(value) == 1 else None
        if match:
            yield match[1]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def parameters(definition: str, given: list[dict[str, str]]) -> dict[str, Any]:
    """The values of all parameters, with their types. Raises ValidationException for an unknown or missing one."""
    document = json.loads(definition)
    known = {one["Name"]: one for one in document.get("Parameters", []) if "Name" in one}
    values = {one["Name"]: one["Value"] for one in given}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise errors.validation(f"Assigned value to undefined pipeline parameter(s): {', '.join(unknown)}.")
    missing = sorted(name for name, one in known.items() if name not in values and "DefaultValue" not in one)
    if missing:
        raise errors.validation(f"No value for pipeline parameter(s) without a default: {', '.join(missing)}.")
    return {name: _typed(one, values.get(name, one.get("DefaultValue"))) for name, one in known.items()}


def _typed(declared: Mapping[str, Any], value: Any) -> Any:
    type_, name = declared.get("Type", "String"), declared["Name"]
    if declared.get("EnumValues") and value not in declared["EnumValues"]:
        raise errors.validation(f"Value {value} of pipeline parameter {name} is not one of {declared['EnumValues']}.")
    if type_ == "Boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    try:
        return _TYPES[type_](value) if type_ in _TYPES else value
    except (TypeError, ValueError):
        raise errors.validation(f"Value {value} of pipeline parameter {name} is not of type {type_}.") from None
