"""Guesses a value for a variable: from a validation message, by its name, else by its type."""

from __future__ import annotations

import re
from typing import Any

from modproof.hcl.module import Module, Variable
from modproof.hcl.types import MISSING, Type, literal

__all__ = ["guess", "of_type"]

# the end of a variable's name, and a value that is valid for AWS
_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"account_id$", "123456789012"),
    (r"(^|_)region$", "eu-west-1"),
    (r"(^|_)(zone|availability_zone)$", "eu-west-1a"),
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


def guess(variable: Variable, module: Module) -> Any:
    """A value that ``variable`` probably accepts."""
    kind = variable.type
    if kind.kind == "value" and kind.primitive in ("string", "any"):
        return _suggested(variable, module) or _by_name(variable.name) or "example"
    if kind.kind in ("list", "set") and kind.element == Type(primitive="string"):
        one = _by_name(re.sub(r"ies$", "y", variable.name).removesuffix("s"))
        return [one] if one else []
    return of_type(kind)


def _suggested(variable: Variable, module: Module) -> str | None:
    for condition in module.conditions:
        if condition.kind == "validation" and condition.owner == f"var.{variable.name}":
            message = str(literal(condition.message))
            match = _SUGGESTED.search(message) or _LISTED.search(message)
            if match:
                return match[1].strip("\"'`().")
    return None


def _by_name(name: str) -> str | None:
    return next((value for pattern, value in _BY_NAME if re.search(pattern, name)), None)


def of_type(kind: Type) -> Any:
    """A value of a type."""
    match kind.kind:
        case "object":
            # optional attributes are left out
            return {
                name: _by_name(name) or of_type(attribute.type)
                for name, attribute in kind.attributes.items()
                if attribute.default is MISSING
            }
        case "map":
            return {}
        case "list" | "set":
            return []
    plain: dict[str, Any] = {"number": 1, "bool": False}
    return plain.get(kind.primitive, "example")
