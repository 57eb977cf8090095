"""Terraform's values as far as Python's can stand for them, and what the conversion to a type makes of them.

Source: https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from modproof.hcl.types import MISSING, UNKNOWN, ObjectAttribute, Type

__all__ = ["MaybeSet", "as_set", "comparable", "is_number", "of_one_kind", "shown", "typed"]

_EXACT = 2**53


class MaybeSet(list[Any]):
    """The elements of a set, in its order; or of a list that is the same as a set."""


def is_number(value: Any) -> bool:
    """Whether it is a number that Python reckons with as Terraform does, to which fractions are not binary."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and abs(value) < _EXACT


def shown(value: Any) -> Any:
    """A primitive value as text; UNKNOWN for any other, and for fractions."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_number(value):
        return str(int(value))
    return value if isinstance(value, str) else UNKNOWN


def _kind(value: Any) -> Any:
    return "bool" if isinstance(value, bool) else "number" if isinstance(value, int | float) else type(value)


def of_one_kind(values: Iterable[Any]) -> bool:
    """Whether no element is converted when a collection is made of ``values``: primitive ones become one type."""
    return len({_kind(value) for value in values if isinstance(value, str | int | float)}) < 2


def comparable(values: list[Any]) -> bool:
    """Whether Python tells for all ``values`` which are the same, and which comes first."""
    return of_one_kind(values) and all(isinstance(value, str | bool) or is_number(value) for value in values)


def as_set(values: list[Any]) -> MaybeSet:
    """A set of ``values``. Raises TypeError where its order, or what is the same in it, is not certain."""
    if len(values) > 1 and not comparable(values):
        raise TypeError("elements without an order")
    return MaybeSet(sorted(set(values)) if len(values) > 1 else values)


def typed(kind: Type, value: Any) -> Any:
    """``value`` converted to a type; UNKNOWN where Terraform refuses it, and where nobody here can tell."""
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
            whole = isinstance(value, str) and re.fullmatch(r"-?(0|[1-9]\d{0,14})", value)
            return int(value) if whole else value if _kind(value) == "number" else UNKNOWN
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
        converted = {key: typed(element, each) for key, each in value.items()}
        return converted if _of_type(element, converted.values()) else UNKNOWN
    elements = [typed(element, each) for each in value]
    if kind.kind == "set":
        try:
            return as_set(elements)
        except TypeError:
            return UNKNOWN
    return elements if _of_type(element, elements) else UNKNOWN


def _of_type(element: Type, values: Collection[Any]) -> bool:
    """Whether ``values`` keep their types; where any will do, one is found that all can be converted to."""
    free = element.kind == "value" and element.primitive == "any" and len(values) > 1
    return of_one_kind(values) and not (free and any(isinstance(value, Mapping | list) for value in values))
