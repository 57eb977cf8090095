"""Turns a plan into expectations: a whole inventory for a case that has none, corrections for one that has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modproof.cases import FILE_NAME, Case
from modproof.errors import ConfigurationError
from modproof.expectations import ABSENT, CONTAINS, SENSITIVE, UNKNOWN, mismatches
from modproof.planner.judge import PlannedValue, planned_outputs, planned_values, resource_counts
from modproof.yamledit import REMOVE, edit

__all__ = ["corrections", "inventory", "save"]

Pointer = tuple[str | int, ...]
_REPEATING = frozenset({"tags_all"})
"""Attributes that say again what others say."""


def save(case: Case, plan: Mapping[str, Any]) -> list[str]:
    """Write what ``plan`` has into the case's file; what was changed, as texts, empty when all held already.

    A case without expectations gets a whole inventory. Otherwise each expectation that does not hold takes the planned
    value, and one of something that is not planned any more goes. Comments and all other text stay as they are. Raises
    ConfigurationError where the file's form does not allow that, and for a case that stands in no file of cases.
    """
    path = case.root / case.place.path
    if case.documented:
        raise ConfigurationError(
            f"{case.id} is a call that stands elsewhere and has no expectations to write",
            path=case.place.path,
            line=case.place.line,
            hint=f"give the module's {FILE_NAME} a case named {case.name}: it takes the place of this one",
        )
    base: Pointer = ("cases", case.name, "expect")
    if case.expect.model_fields_set:
        changes = {(*base, *pointer): value for pointer, value in corrections(case, plan).items()}
    else:
        changes = {base: inventory(plan)}
    try:
        text = edit(Path(path).read_text(encoding="utf-8"), changes)
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            f"the expectations of {case.id} cannot be changed in place: {error}",
            path=case.place.path,
            line=case.place_of("expect").line,
            hint="write them without aliases, or delete `expect` to have it written anew",
        ) from error
    if changes:
        Path(path).write_text(text, encoding="utf-8")
    return [_told(pointer[2:], value) for pointer, value in changes.items()]


def _told(pointer: Pointer, value: Any) -> str:
    name = ".".join(map(str, pointer))
    if value is REMOVE:
        return f"{name} removed"
    shown = json.dumps(value, ensure_ascii=False)
    return f"{name} = {shown if len(shown) <= 100 else f'… ({len(shown)} characters)'}"


def inventory(plan: Mapping[str, Any]) -> dict[str, Any]:
    """All that ``plan`` tells: counts, known values that are not empty, outputs. No sensitive value is in it."""
    managed = {change["address"] for change in plan.get("resource_changes", []) if change.get("mode") == "managed"}
    values = {address: _known(found) for address, found in planned_values(plan).items() if address in managed}
    found = {
        "resources": dict(sorted(resource_counts(plan).items())),
        "values": {address: value for address, value in sorted(values.items()) if value},
        "outputs": {name: _as_expected(found) for name, found in sorted(planned_outputs(plan).items())},
    }
    return {name: part for name, part in found.items() if part}


def corrections(case: Case, plan: Mapping[str, Any]) -> dict[Pointer, Any]:
    """What must change in ``expect`` for ``plan`` to hold it: new values, or REMOVE, by pointer."""
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
    # from the end, so that each index still is where it was
    for index in reversed(range(len(expect.absent))):
        if expect.absent[index] in present:
            changes["absent", index] = REMOVE
    return changes


def _corrected(wanted: Any, found: PlannedValue) -> Iterator[tuple[Pointer, Any]]:
    """The smallest parts of ``wanted`` that do not hold, with what was found there."""
    if not mismatches(wanted, found.value, unknown=found.unknown, sensitive=found.sensitive):
        return
    value = _parsed(wanted, found.value)
    if found.unknown is not True and found.sensitive is not True:
        if isinstance(wanted, Mapping) and isinstance(value, Mapping) and CONTAINS not in wanted:
            for key, inner in wanted.items():
                part = PlannedValue(value.get(key), _part(found.unknown, key), _part(found.sensitive, key))
                yield from (((key, *pointer), new) for pointer, new in _corrected(inner, part))
            return
        if isinstance(wanted, list) and isinstance(value, list) and len(wanted) == len(value):
            for index, inner in enumerate(wanted):
                part = PlannedValue(value[index], _part(found.unknown, index), _part(found.sensitive, index))
                yield from (((index, *pointer), new) for pointer, new in _corrected(inner, part))
            return
    yield (), _as_expected(PlannedValue(value, found.unknown, found.sensitive))


def _as_expected(found: PlannedValue) -> Any:
    """A planned value as an expectation that it holds."""
    if found.unknown is True:
        return UNKNOWN
    if found.value is None:
        return ABSENT
    if found.sensitive is True:
        return SENSITIVE
    if isinstance(found.value, Mapping):
        keys = [*found.value, *(key for key in _keys(found.unknown) if key not in found.value)]
        return {key: _as_expected(_inner(found, key)) for key in keys}
    if isinstance(found.value, list):
        return [_as_expected(_inner(found, index)) for index in range(len(found.value))]
    return found.value


def _known(found: PlannedValue) -> dict[str, Any]:
    """The attributes of a resource that are worth writing down."""
    return {
        name: _as_expected(PlannedValue(_structured(value), _part(found.unknown, name), _part(found.sensitive, name)))
        for name, value in sorted(found.value.items())
        if name not in _REPEATING and value not in (None, "", [], {}) and _part(found.unknown, name) is not True
    }


def _structured(value: Any) -> Any:
    """A policy document as what it says, where the text is one."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _parsed(wanted: Any, value: Any) -> Any:
    """Text that is expected to hold JSON, as what it says."""
    return _structured(value) if isinstance(wanted, Mapping | list) else value


def _inner(found: PlannedValue, key: Any) -> PlannedValue:
    value = found.value.get(key) if isinstance(found.value, Mapping) else found.value[key]
    return PlannedValue(value, _part(found.unknown, key), _part(found.sensitive, key))


def _keys(mask: Any) -> list[str]:
    return [key for key, value in mask.items() if value is True] if isinstance(mask, Mapping) else []


def _part(mask: Any, key: Any) -> Any:
    if isinstance(mask, Mapping):
        return mask.get(key, False)
    if isinstance(mask, list):
        return mask[key] if isinstance(key, int) and key < len(mask) else False
    return mask is True
