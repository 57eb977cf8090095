"""Guesses values for a variable: from its validations, by its name, by how the module uses it, else by its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from modproof.hcl.module import Module, Variable
from modproof.hcl.types import MISSING, UNKNOWN, Type, literal
from modproof.run.scaffold.usage import shape_of_any

__all__ = ["by_name", "filled", "guesses"]

# the end of a variable's name, and a value that is valid for AWS
_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"account_id$", "123456789012"),
    (r"(^|_)region$", "eu-west-1"),
    (r"(^|_)(zone|az|availability_zone)$", "eu-west-1a"),
    (r"(^|_)partition$", "aws"),
    (r"kms_key_arn$", "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012"),
    (r"role_arn$", "arn:aws:iam::123456789012:role/example"),
    (r"topic_arn$", "arn:aws:sns:eu-west-1:123456789012:example"),
    (r"bucket_arn$", "arn:aws:s3:::example-bucket"),
    (r"(^|_)arn$", "arn:aws:iam::123456789012:role/example"),
    (r"vpc_id$", "vpc-0123456789abcdef0"),
    (r"subnet_id$", "subnet-0123456789abcdef0"),
    (r"(security_group|sg)_id$", "sg-0123456789abcdef0"),
    (r"(^|_)(cidr|cidr_block)$", "10.0.0.0/16"),
    (r"instance_type$", "t3.micro"),
    (r"bucket(_name)?$", "example-bucket"),
    (r"email$", "nobody@example.com"),
)
_SUGGESTED = re.compile(r"such as ([^\s,;]+)")
_LISTED = re.compile(r"must be (?:one of )?\"?([A-Za-z0-9_.-]+)\"?(?:, | or )")
_CONTAINED = re.compile(r"contains\(\s*(\[[^\]]*\])\s*,")
_SWITCH = re.compile(r"^(create|enable|enabled|use|is|deploy|manage)(_|$)|_(enabled|created?)$")


def guesses(variable: Variable, module: Module) -> list[Any]:
    """Values that ``variable`` probably accepts, the most useful first. UNKNOWN means: unknown in the plan.

    A value of the type any is not guessed before a plan has to know it. A collection has an element, and is empty only
    as the last resort.
    """
    found = list(_suggested(variable))
    kind = variable.type
    if found and kind.kind in ("list", "set", "map"):
        found = []
    if kind.kind == "value" and kind.primitive == "any":
        return [UNKNOWN, *found, *_by_use(variable, module)]
    return [*found, *(value for value in _by_type(kind, variable.name, module) if value not in found)]


def by_name(name: str) -> str | None:
    """The usual value of a variable or attribute called ``name``."""
    return next((value for pattern, value in _BY_NAME if re.search(pattern, name)), None)


def filled(variable: Variable, module: Module) -> Any:
    """A value that is neither empty, false nor 0, so that what depends on it is created."""
    if variable.type == Type(primitive="bool"):
        return True
    return next((value for value in guesses(variable, module) if value is not UNKNOWN and value), UNKNOWN)


def _suggested(variable: Variable) -> Iterator[Any]:
    """Values in the validations of ``variable``."""
    for validation in variable.block.all("validation"):
        condition = validation.text("condition")
        match = _CONTAINED.search(condition)
        listed = literal(match[1]) if match else None
        if isinstance(listed, list) and listed:
            yield listed[0]
        message = str(literal(validation.text("error_message")))
        match = _SUGGESTED.search(message) or _LISTED.search(message)
        if match and variable.type.primitive in ("string", "any"):
            yield match[1].strip("\"'`().")
        least = re.search(rf"var\.{re.escape(variable.name)}\s*(>=?)\s*(\d+)", condition)
        if least and variable.type.primitive == "number":
            yield int(least[2]) + (least[1] == ">")
        if "cidr" in condition and variable.type.primitive == "string":
            yield "10.0.0.0/16"


def _by_use(variable: Variable, module: Module) -> Iterator[Any]:
    usual = by_name(variable.name)
    if usual is not None:
        yield usual
    shape = shape_of_any(variable.name, module, lambda name: by_name(name) or "example")
    yield shape
    if shape is not None:
        yield None


def _by_type(kind: Type, name: str, module: Module) -> list[Any]:
    match kind.kind:
        case "object":
            return [_object(kind, module)]
        case "map":
            return [*({"example": value} for value in _element(kind, name, module)), {}]
        case "list" | "set":
            return [*([value] for value in _element(kind, name, module)), []]
    match kind.primitive:
        case "number":
            return [1]
        case "bool":
            likely = _SWITCH.search(name) is not None
            return [likely, not likely]
        case "any":
            return []
    return [by_name(name) or "example"]


def _element(kind: Type, name: str, module: Module) -> list[Any]:
    """The likeliest element of a collection called ``name``; none if its type says nothing."""
    singular = re.sub(r"ies$", "y", name).removesuffix("s")
    element = kind.element or Type()
    if element == Type():
        shape = shape_of_any(name, module, lambda each: by_name(each) or "example")
        inner = list(shape.values()) if isinstance(shape, dict) else shape if isinstance(shape, list) else []
        return inner[:1]
    return _by_type(element, singular, module)[:1]


def _object(kind: Type, module: Module) -> dict[str, Any]:
    """The required attributes of an object; null where the type is any."""
    required = {name: each.type for name, each in kind.attributes.items() if each.default is MISSING}
    return {name: next(iter(_by_type(inner, name, module)), None) for name, inner in required.items()}
