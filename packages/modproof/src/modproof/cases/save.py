"""Writes a plan into the expectations of its case: all of it, or only what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modproof.cases.expectations import ABSENT, CONTAINS, SENSITIVE, UNKNOWN, mismatches
from modproof.cases.model import FILE_NAMES, Case
from modproof.cases.yaml_edit import REMOVE, edit
from modproof.core.errors import ConfigurationError
from modproof.terraform.plan_json import planned_outputs, planned_values, resource_counts
from modproof.terraform.values import MISSING, PlannedValue

__all__ = ["save"]

Pointer = tuple[str | int, ...]
_REPEATING = frozenset({"tags_all"})
"""Attributes that repeat others."""


def save(case: Case, plan: Mapping[str, Any]) -> list[str]:
    """Write ``plan`` into the expectations of ``case``; returns a line per change, none if everything matched.

    A case without expectations gets the full plan. Otherwise each expectation that does not match is set to the planned
    value, and one of something that is no longer planned is removed. Comments and all other text are kept. Raises
    ConfigurationError if the form of the file does not allow that, and for a documented case.
    """
    path = case.root / case.place.path
    if case.source != "yaml":
        raise ConfigurationError(
            f"{case.id} is a documented case and has no expectations to write",
            path=case.place.path,
            line=case.place.line,
            hint=f"add a case named {case.name} to the module's {FILE_NAMES[0]}: it overrides this one",
        )
    base: Pointer = ("cases", case.name, "expect")
    if case.expect.model_fields_set:
        changes = {(*base, *pointer): value for pointer, value in _corrections(case, plan).items()}
    else:
        changes = {base: _full_expectation(plan)}
    try:
        with path.open(encoding="utf-8", newline="") as source:
            text = edit(source.read(), changes)
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            f"the expectations of {case.id} cannot be changed in place: {error}",
            path=case.place.path,
            line=case.place_of("expect").line,
            hint="write them without aliases and anchors, or delete `expect` to write all of it",
        ) from error
    if changes:
        with path.open("w", encoding="utf-8", newline="") as target:
            target.write(text)
    return [_described(pointer[2:], value) for pointer, value in changes.items()]


def _described(pointer: Pointer, value: Any) -> str:
    name = ".".join(map(str, pointer))
    if value is REMOVE:
        return f"{name} removed"
    shown = json.dumps(value, ensure_ascii=False)
    return f"{name} = {shown if len(shown) <= 100 else f'… ({len(shown)} characters)'}"


def _full_expectation(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Counts, known values that are not empty, and outputs of ``plan``; without sensitive values."""
    managed = {change["address"] for change in plan.get("resource_changes", []) if change.get("mode") == "managed"}
    values = {
        address: _known_attributes(found) for address, found in planned_values(plan).items() if address in managed
    }
    found = {
        "resources": dict(sorted(resource_counts(plan).items())),
        "values": {address: value for address, value in sorted(values.items()) if value},
        "outputs": {name: _as_expected(found) for name, found in sorted(planned_outputs(plan).items())},
    }
    return {name: part for name, part in found.items() if part}


def _corrections(case: Case, plan: Mapping[str, Any]) -> dict[Pointer, Any]:
    """The changes in ``expect`` that make ``plan`` match: new values, or REMOVE, by pointer."""
    expect = case.expect
    changes: dict[Pointer, Any] = {}
    counts = resource_counts(plan)
    for kind, wanted in expect.resources.items():
        if counts[kind] != wanted:
            changes["resources", kind] = counts[kind]
    for part, wanted_by_name, found_by_name in (
        ("values", expect.values, planned_values(plan)),
        ("outputs", expect.outputs, planned_outputs(plan)),
    ):
        for name, wanted in wanted_by_name.items():
            if name in found_by_name:
                changes |= {(part, name, *inner): value for inner, value in _corrected(wanted, found_by_name[name])}
            else:
                changes[part, name] = REMOVE
    present = planned_values(plan)
    # from the end, so that removing one does not shift the others
    for index in reversed(range(len(expect.absent))):
        if expect.absent[index] in present:
            changes["absent", index] = REMOVE
    return changes


def _corrected(wanted: Any, found: PlannedValue) -> Iterator[tuple[Pointer, Any]]:
    """The smallest parts of ``wanted`` that do not match, with the values that were found."""
    if not mismatches(wanted, found):
        return
    if isinstance(wanted, Mapping | list):
        found = _structured(found)
    if not found.is_unknown and found.sensitive is not True:
        if isinstance(wanted, Mapping) and isinstance(found.value, Mapping) and CONTAINS not in wanted:
            for key, inner in wanted.items():
                yield from (((key, *pointer), new) for pointer, new in _corrected(inner, found.at(key)))
            return
        if isinstance(wanted, list) and isinstance(found.value, list) and len(wanted) == len(found.value):
            for index, inner in enumerate(wanted):
                yield from (((index, *pointer), new) for pointer, new in _corrected(inner, found.at(index)))
            return
    yield (), _as_expected(found)


def _as_expected(found: PlannedValue) -> Any:
    """The expectation that a planned value matches."""
    if found.is_unknown:
        return UNKNOWN
    if found.value is None or found.value is MISSING:
        return ABSENT
    if found.sensitive is True:
        return SENSITIVE
    if isinstance(found.value, Mapping):
        return {key: _as_expected(found.at(key)) for key in found.keys}
    if isinstance(found.value, list):
        return [_as_expected(found.at(index)) for index in range(len(found.value))]
    return found.value


def _known_attributes(found: PlannedValue) -> dict[str, Any]:
    """The attributes of a resource that are known and not empty."""
    return {
        name: _as_expected(_structured(found.at(name)))
        for name, value in sorted(found.value.items())
        if name not in _REPEATING and value not in (None, "", [], {}) and not found.at(name).is_unknown
    }


def _structured(found: PlannedValue) -> PlannedValue:
    """The parsed content of a string with a JSON object, such as a policy document."""
    if isinstance(found.value, str) and found.value.startswith("{"):
        try:
            return found.holding(json.loads(found.value))
        except ValueError:
            return found
    return found
