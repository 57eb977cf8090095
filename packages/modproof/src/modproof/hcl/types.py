"""The types of variables, with their attributes and defaults, and the values of literals.

Source: https://developer.hashicorp.com/terraform/language/expressions/type-constraints
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node

from modproof.hcl.expressions import (
    call_arguments,
    called,
    expression,
    object_items,
    subexpressions,
    text_of,
    unwrapped,
)
from modproof.hcl.strings import unquoted
from modproof.hcl.tree import walk

__all__ = [
    "MISSING",
    "UNKNOWN",
    "NotConstant",
    "ObjectAttribute",
    "Type",
    "changed_paths",
    "constant",
    "literal",
    "parse_type",
    "string",
    "with_unknown",
]

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()
UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "UNKNOWN"})()


class NotConstant(ValueError):
    """The expression is not a literal."""


@dataclass(frozen=True, slots=True)
class ObjectAttribute:
    """An attribute of an object type. ``line`` counts from 0 at the start of the type's text."""

    type: Type
    default: Any
    """MISSING if the attribute is required."""
    line: int


@dataclass(frozen=True, slots=True)
class Type:
    """``kind`` is ``object``, ``map``, ``list``, ``set`` or ``value``, for all other types.

    ``primitive`` is ``string``, ``number`` or ``bool`` for a value of that type, else ``any``. ``other`` is the text,
    without blanks and comments, of a type that has no structure here, such as a tuple.
    """

    kind: str = "value"
    primitive: str = "any"
    element: Type | None = None
    attributes: Mapping[str, ObjectAttribute] = field(default_factory=dict)
    other: str = ""

    def paths(self, name: str) -> Iterator[tuple[str, int]]:
        """Every attribute below ``name`` as a path (``a.b``, ``a[*].b``), with its line."""
        if self.element is not None:
            yield from self.element.paths(f"{name}[*]")
        for key, attribute in self.attributes.items():
            yield f"{name}.{key}", attribute.line
            yield from attribute.type.paths(f"{name}.{key}")


def parse_type(text: str) -> Type:
    """The type in a variable's ``type``. A tuple, ``any`` and an invalid type are plain values."""
    root = expression(text)
    return Type() if root is None else _type(root)


def _type(node: Node) -> Type:
    node = unwrapped(node)
    name, arguments = called(node), call_arguments(node)
    if name in ("map", "list", "set") and arguments:
        return Type(name, element=_type(arguments[0]))
    if name == "object" and arguments:
        return Type("object", attributes={key: _attribute(value) for key, value in _elements(unwrapped(arguments[0]))})
    text = text_of(node)
    if text in ("map", "list", "set"):
        return Type(text, element=Type())
    if text in ("string", "number", "bool"):
        return Type(primitive=text)
    for comment in (each for each in walk(node) if each.type == "comment"):
        text = text.replace(text_of(comment), "")
    return Type(other="" if text == "any" else "".join(text.split()))


def _attribute(node: Node) -> ObjectAttribute:
    inner = unwrapped(node)
    line = node.start_point.row
    arguments = call_arguments(inner)
    if called(inner) != "optional" or not arguments:
        return ObjectAttribute(_type(node), MISSING, line)
    default = literal(text_of(arguments[1])) if len(arguments) > 1 else None
    return ObjectAttribute(_type(arguments[0]), default, line)


def _elements(node: Node) -> Iterator[tuple[str, Node]]:
    for key, value in object_items(node):
        if key is None:
            raise NotConstant(text_of(node))
        yield key, value


def literal(text: str) -> Any:
    """The value of a literal; its text for any other expression."""
    root = expression(text)
    try:
        return text if root is None else constant(root)
    except NotConstant:
        return text


def constant(node: Node) -> Any:
    """The value of an expression that consists of literals. Raises NotConstant for any other."""
    node = unwrapped(node)
    match node.type:
        case "null_lit":
            return None
        case "bool_lit":
            return text_of(node) == "true"
        case "numeric_lit":
            return _number(text_of(node))
        case "operation" if text_of(node).startswith("-"):
            return _number(text_of(node))
        case "string_lit":
            return string(text_of(node))
        case "tuple":
            return [constant(child) for child in subexpressions(node)]
        case "object":
            return {key: constant(value) for key, value in _elements(node)}
    raise NotConstant(text_of(node))


def _number(text: str) -> Any:
    try:
        value = json.loads(text.replace(" ", ""))
    except ValueError as error:
        raise NotConstant(text) from error
    if not math.isfinite(value):
        raise NotConstant(text)
    return value


def string(text: str) -> str:
    """The value of a string literal. Raises NotConstant for any other text."""
    value = unquoted(text)
    if value is None:
        raise NotConstant(text)
    return value


def effective(kind: Type, value: Any) -> Any:
    """``value`` with the defaults of optional attributes, primitive values as strings, and sets in one order."""
    if value is MISSING or value is UNKNOWN or value is None:
        return value
    if kind.kind == "object" and isinstance(value, Mapping):
        return {name: effective(a.type, _given(value, name, a)) for name, a in kind.attributes.items()}
    if kind.kind == "map" and isinstance(value, Mapping):
        return {str(key): effective(kind.element or Type(), element) for key, element in value.items()}
    if kind.kind in ("list", "set") and isinstance(value, list):
        elements = [effective(kind.element or Type(), element) for element in value]
        return elements if kind.kind == "list" else sorted(elements, key=repr)
    if isinstance(value, Mapping):
        return {str(key): effective(Type(), element) for key, element in value.items()}
    if isinstance(value, list):
        return [effective(Type(), element) for element in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _given(value: Mapping[str, Any], name: str, attribute: ObjectAttribute) -> Any:
    given = value.get(name)
    return attribute.default if given is None else given


def changed_paths(name: str, kind: Type, value: Any, default: Any) -> set[str]:
    """The paths at or below ``name`` at which ``value`` differs from its default.

    ``default`` is MISSING for a required variable. An unknown value is not the default.
    """
    return set(_changed(name, kind, effective(kind, value), effective(kind, default)))


def _changed(path: str, kind: Type, value: Any, default: Any, *, counts: bool = True) -> Iterator[str]:
    """``value`` and ``default`` are effective. ``counts`` is false for elements of collections: these are not items."""
    if value is MISSING:
        return
    if counts and value != default:
        yield path
    if kind.kind == "object" and isinstance(value, Mapping):
        for name, attribute in kind.attributes.items():
            inside = default.get(name, MISSING) if isinstance(default, Mapping) else MISSING
            if inside is MISSING:
                inside = effective(attribute.type, attribute.default)
            given = value.get(name, MISSING)
            if given is not MISSING:
                yield from _changed(f"{path}.{name}", attribute.type, given, inside)
    elif kind.element is not None:
        elements = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
        for element in elements:
            yield from _changed(f"{path}[*]", kind.element, element, MISSING, counts=False)


def with_unknown(value: Any, parts: list[str | int]) -> Any:
    """``value`` with UNKNOWN at the path ``parts``; unchanged if there is nothing at that path."""
    if not parts:
        return UNKNOWN
    head, rest = parts[0], parts[1:]
    if isinstance(value, Mapping) and str(head) in value:
        return {**value, str(head): with_unknown(value[str(head)], rest)}
    if isinstance(value, list) and isinstance(head, int) and head < len(value):
        return [with_unknown(e, rest) if index == head else e for index, e in enumerate(value)]
    return value
