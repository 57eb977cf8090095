"""Terraform's values as Python values, and Terraform's conversions between types.

Strings, booleans, numbers and null are Python's; lists and tuples are lists, maps and objects are dicts. Types are not
kept: where Terraform's result depends on a type that the value does not show, it is UNKNOWN.
Source: https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from modproof.hcl.types import MISSING, UNKNOWN, ObjectAttribute, Type

__all__ = [
    "MaybeSet",
    "as_set",
    "comparable",
    "in_common",
    "is_number",
    "is_whole",
    "shown",
    "stays",
    "typed",
    "without_type",
]

_EXACT = 2**53
_EXACT_DIGITS = 15
_BOOLEAN = frozenset({"true", "false"})
_NUMERIC = re.compile(r"[-+.]?\d")
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")


class MaybeSet(list[Any]):
    """The elements of a set, in Terraform's order; or of a list that may have become a set without any change."""


def is_number(value: Any) -> bool:
    """Whether ``value`` is an integer that Python computes with exactly. Terraform's fractions are decimal."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value % 1 == 0
        and abs(value) < _EXACT
    )


def is_whole(value: Any) -> bool:
    """Whether nothing in ``value`` is UNKNOWN."""
    if isinstance(value, Mapping):
        return all(map(is_whole, value.values()))
    return all(map(is_whole, value)) if isinstance(value, list) else value is not UNKNOWN


def shown(value: Any) -> Any:
    """A primitive value as a string; UNKNOWN for any other value and for numbers with many digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_number(value):
        return str(int(value))
    if isinstance(value, float):
        text = repr(value)
        plain = "e" not in text and "n" not in text
        return text if plain and len(text.strip("-").replace(".", "")) <= _EXACT_DIGITS else UNKNOWN
    return value if isinstance(value, str) else UNKNOWN


def _kind(value: Any) -> str:
    match value:
        case str():
            return "string"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case list():
            return "list"
        case Mapping():
            return "map"
        case None:
            return "null"
    return "unknown"


_PRIMITIVE = frozenset({"string", "bool", "number"})


def comparable(values: list[Any]) -> bool:
    """Whether Python and Terraform agree on which ``values`` are equal and on their order."""
    same_kind = len({_kind(value) for value in values}) < 2
    return same_kind and all(isinstance(value, str | bool) or is_number(value) for value in values)


def as_set(values: list[Any]) -> MaybeSet:
    """A set of ``values``. Raises TypeError if their order, or which of them are equal, is not certain."""
    if len(values) > 1 and not comparable(values):
        raise TypeError("the order of the elements is not certain")
    return MaybeSet(sorted(set(values)) if len(values) > 1 else values)


def in_common(values: list[Any]) -> list[Any]:
    """``values`` converted to one type, as the elements of a collection and the results of a conditional are.

    Parts that depend on a type that is not known are UNKNOWN: a number next to an unknown value may become a string.
    Raises TypeError if there is no common type.
    """
    kinds = {_kind(value) for value in values}
    if len(values) < 2 or kinds == {"null"}:
        return values
    known = kinds - {"null", "unknown"}
    if not known:
        return values
    if known <= _PRIMITIVE:
        return _primitives(values, kinds)
    if len(known) > 1:
        raise TypeError("values of different kinds")
    if kinds != known:
        return [_certain(value) for value in values]
    return _maps(values) if known == {"map"} else _lists(values)


def _primitives(values: list[Any], kinds: set[str]) -> list[Any]:
    if "string" in kinds:
        return [value if value is None or value is UNKNOWN else shown(value) for value in values]
    if len(kinds) == 1:
        return values
    if {"bool", "number"} <= kinds:
        raise TypeError("no conversion between numbers and booleans")
    return [None if value is None else UNKNOWN for value in values]


def _certain(value: Any) -> Any:
    """``value`` without what a conversion to an unknown type could change."""
    if isinstance(value, Mapping):
        return {key: _certain(element) for key, element in value.items()}
    if isinstance(value, list):
        return _unordered([_certain(element) for element in value])
    return value if value is None or isinstance(value, str) else UNKNOWN


def _unordered(values: list[Any]) -> Any:
    """``values`` as a MaybeSet if a set has the same elements in the same order, else UNKNOWN."""
    try:
        found = as_set(values)
    except TypeError:
        return UNKNOWN
    return found if found == values else UNKNOWN


def _maps(values: list[dict[str, Any]]) -> list[Any]:
    """Objects with the same attributes are converted attribute by attribute, maps and others as a whole."""
    as_object = as_map = None
    if len({frozenset(value) for value in values}) == 1:
        as_object = _by_position([list(value.values()) for value in _in_order(values)])
    if as_object is None or not all(map(_is_object, values)):
        as_map = _as_one([list(value.values()) for value in _in_order(values)])
    rows = _agreed(as_object, as_map)
    return [dict(zip(value, row, strict=True)) for value, row in zip(_in_order(values), rows, strict=True)]


def _in_order(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [dict(sorted(value.items())) for value in values]


def _is_object(value: dict[str, Any]) -> bool:
    """Whether ``value`` cannot be a map, as its attributes are of different kinds."""
    return len({_kind(element) for element in value.values()} - {"null", "unknown"}) > 1


def _lists(values: list[list[Any]]) -> list[Any]:
    """Tuples of the same length are converted element by element, lists and others as a whole."""
    as_tuple = _by_position(values) if len({len(value) for value in values}) == 1 else None
    rows = _agreed(as_tuple, _as_one(values))
    sets = sum(isinstance(value, MaybeSet) for value in values)
    if not sets:
        return rows
    found: list[Any] = []
    for value, row in zip(values, rows, strict=True):
        if sets < len(values) and row != value:
            found.append(UNKNOWN)
        else:
            found.append(as_set(row) if isinstance(value, MaybeSet) else _unordered(row))
    return found


def _by_position(rows: list[list[Any]]) -> list[list[Any]] | None:
    try:
        columns = [in_common(list(column)) for column in zip(*rows, strict=True)]
    except TypeError:
        return None
    return [list(row) for row in zip(*columns, strict=True)] if columns else rows


def _as_one(rows: list[list[Any]]) -> list[list[Any]] | None:
    try:
        elements = iter(in_common([element for row in rows for element in row]))
    except TypeError:
        return None
    return [[next(elements) for _ in row] for row in rows]


def _agreed(one: list[list[Any]] | None, other: list[list[Any]] | None) -> list[list[Any]]:
    """The parts that are the same in both readings; the only one if the other is impossible."""
    if one is None or other is None:
        if one is None and other is None:
            raise TypeError("no common type")
        return one or other or []
    return [[_same(a, b) for a, b in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)]


def _same(one: Any, other: Any) -> Any:
    if type(one) is not type(other):
        return UNKNOWN
    if isinstance(one, Mapping):
        return {key: _same(value, other[key]) for key, value in one.items()}
    if isinstance(one, list):
        return type(one)(_same(a, b) for a, b in zip(one, other, strict=True))
    return one if one is other or one == other else UNKNOWN


def without_type(value: Any) -> Any:
    """``value`` with UNKNOWN for what does not show its type: null and empty collections."""
    if isinstance(value, Mapping) and value:
        return {key: without_type(element) for key, element in value.items()}
    if isinstance(value, list) and value:
        return type(value)(map(without_type, value))
    return value if _kind(value) in _PRIMITIVE else UNKNOWN


def stays(value: Any, elements: Iterable[Any]) -> bool:
    """Whether ``value`` is the same after a conversion to the type of ``elements``, if Terraform accepts it."""
    kinds = {_kind(element) for element in elements} - {"null"}
    if isinstance(value, str):
        return kinds == {"string"} or (value not in _BOOLEAN and not _NUMERIC.match(value))
    return value is None or (_kind(value) in _PRIMITIVE and kinds == {_kind(value)}) or value in ([], {})


def typed(kind: Type, value: Any) -> Any:
    """``value`` converted to a type; UNKNOWN if Terraform rejects it or the result is not certain."""
    if value is UNKNOWN or value is None:
        return value
    if kind.kind == "object":
        if not isinstance(value, Mapping):
            return UNKNOWN
        return {name: _attribute(attribute, value.get(name, MISSING)) for name, attribute in kind.attributes.items()}
    if kind.element is not None:
        return _collection(kind, kind.element, value)
    match kind.primitive:
        case "string":
            return shown(value)
        case "number":
            converted = int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value
            return converted if _kind(converted) == "number" else UNKNOWN
        case "bool":
            return {"true": True, "false": False}.get(shown(value), UNKNOWN)
    return value


def _attribute(attribute: ObjectAttribute, value: Any) -> Any:
    if value is None or value is MISSING:
        left_out = None if value is None else UNKNOWN
        value = left_out if attribute.default is MISSING else attribute.default
    return typed(attribute.type, value)


def _collection(kind: Type, element: Type, value: Any) -> Any:
    if not isinstance(value, Mapping if kind.kind == "map" else list):
        return UNKNOWN
    if isinstance(value, Mapping):
        elements = _elements(element, value.values())
        return UNKNOWN if elements is None else dict(zip(value, elements, strict=True))
    elements = _elements(element, value)
    if elements is None:
        return UNKNOWN
    if kind.kind != "set":
        return elements
    try:
        return as_set(elements)
    except TypeError:
        return UNKNOWN


def _elements(element: Type, values: Collection[Any]) -> list[Any] | None:
    """``values`` converted to the type of a collection's elements; None if they have no common type."""
    converted = [typed(element, value) for value in values]
    if not _has_any(element):
        return converted
    try:
        return in_common(converted)
    except TypeError:
        return None


def _has_any(kind: Type) -> bool:
    if kind.kind == "value":
        return kind.primitive == "any"
    inner = [attribute.type for attribute in kind.attributes.values()]
    return any(map(_has_any, inner if kind.element is None else [kind.element]))
