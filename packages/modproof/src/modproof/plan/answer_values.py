"""Answers with the types that a provider returns: as Terraform expressions, and as planned values."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modproof.cases.arguments import escape

__all__ = ["PENDING", "Typed", "Untyped", "typed"]

PENDING = "terraform_data.modproof_pending"
"""A resource that is always created. What depends on it is known only after apply."""
_UNKNOWN = f"{PENDING}.id"
_PLACEHOLDERS = {"string": _UNKNOWN, "number": f"tonumber({_UNKNOWN})", "bool": f"tobool({_UNKNOWN})"}


class Untyped(ValueError):
    """A value that does not have the type of its attribute. ``path`` leads from the attribute to it."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Typed:
    """``expression`` in Terraform's language; ``value`` and the mask ``unknown`` as in a plan's JSON."""

    expression: str
    value: Any
    unknown: Any = False


def typed(value: Any, kind: Any, path: tuple[str | int, ...] = ()) -> Typed:
    """``value`` converted to ``kind``, a type in Terraform's JSON form. Missing attributes of objects are unknown.

    Raises Untyped.
    """
    if value is None:
        return Typed("null", None)
    if isinstance(kind, str):
        return _primitive(value, kind, path)
    form, inside = kind
    if form == "object":
        return _object(value, inside, path)
    if form == "map":
        if not isinstance(value, Mapping):
            raise Untyped(f"a mapping is expected, found {_shown(value)}", path)
        entries = {key: typed(element, inside, (*path, key)) for key, element in value.items()}
        return _mapping(entries)
    if not isinstance(value, list):
        raise Untyped(f"a list is expected, found {_shown(value)}", path)
    kinds = inside if form == "tuple" else [inside] * len(value)
    elements = [
        typed(element, of, (*path, index)) for index, (element, of) in enumerate(zip(value, kinds, strict=False))
    ]
    return Typed(
        f"[{', '.join(element.expression for element in elements)}]",
        [element.value for element in elements],
        [element.unknown for element in elements],
    )


def _primitive(value: Any, kind: str, path: tuple[str | int, ...]) -> Typed:
    if kind == "dynamic":
        return Typed(_literal(value), value)
    if isinstance(value, Mapping | list):
        raise Untyped(f"a {kind} is expected, found {_shown(value)}", path)
    converted: Any = value
    if kind == "string" and not isinstance(value, str):
        converted = json.dumps(value)
    elif kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        converted = _number(value)
    elif kind == "bool" and not isinstance(value, bool):
        converted = {"true": True, "false": False}.get(str(value))
    if converted is None:
        raise Untyped(f"a {kind} is expected, found {_shown(value)}", path)
    return Typed(_literal(converted), converted)


def _number(value: Any) -> float | int | None:
    try:
        number = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return (
        number if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number) else None
    )


def _object(value: Any, attributes: Mapping[str, Any], path: tuple[str | int, ...]) -> Typed:
    if not isinstance(value, Mapping):
        raise Untyped(f"a mapping is expected, found {_shown(value)}", path)
    for name in value:
        if name not in attributes:
            close = difflib.get_close_matches(name, attributes, 1)
            known = f"did you mean '{close[0]}'?" if close else f"attributes: {', '.join(sorted(attributes))}"
            raise Untyped(f"there is no attribute '{name}'; {known}", (*path, name))
    return _mapping(
        {
            name: typed(value[name], kind, (*path, name)) if name in value else _unknown(kind)
            for name, kind in attributes.items()
        }
    )


def _unknown(kind: Any) -> Typed:
    placeholder = _PLACEHOLDERS.get(kind) if isinstance(kind, str) else None
    return Typed(placeholder or f"jsondecode({_UNKNOWN})", None, unknown=True)


def _mapping(entries: Mapping[str, Typed]) -> Typed:
    return Typed(
        f"{{{', '.join(f'{_literal(key)} = {each.expression}' for key, each in entries.items())}}}",
        {key: each.value for key, each in entries.items() if each.unknown is not True},
        {key: each.unknown for key, each in entries.items() if each.unknown is not False},
    )


def _literal(value: Any) -> str:
    """A value as a literal on one line. JSON's escape sequences are also those of Terraform, but for two."""
    text = json.dumps(escape(value), ensure_ascii=False)
    return re.sub(r"(\\\\)|\\b|\\f", lambda found: found[1] or {"\\b": "\\u0008", "\\f": "\\u000c"}[found[0]], text)


def _shown(value: Any) -> str:
    """The kind of a value: an answer may be secret."""
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"a {type(value).__name__.replace('str', 'string')}"
