"""Compares two types of a variable: what callers could pass before, and can pass now.

Source: https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modproof.core.results import Bump
from modproof.hcl.types import MISSING, Type, effective

__all__ = ["differences", "same_value", "shown"]

_SHOWN_CHARACTERS = 60
Difference = tuple[str, str, Bump]
"""The path below the variable, what differs, and the bump that it implies."""


def differences(old: Type, new: Type, path: str = "") -> Iterator[Difference]:
    """Every difference between the types ``old`` and ``new``."""
    if _is_any(new):
        if not _is_any(old):
            yield path, f"accepts any type, before {_name(old)}", "minor"
    elif _is_any(old):
        yield path, f"narrower type: accepts {_name(new)}, before any type", "major"
    elif old.kind == new.kind == "object":
        yield from _attributes(old, new, path)
    elif old.other or new.other:
        if old.other != new.other:
            yield path, f"type changed: {_name(new)}, before {_name(old)}", "major"
    elif old.kind == new.kind == "value":
        yield from _primitives(old.primitive, new.primitive, path)
    elif {old.kind, new.kind} <= {"list", "set"} or old.kind == new.kind:
        if old.kind != new.kind:
            yield path, f"{_name(new)}, before {_name(old)}; values are converted", "minor"
        yield from differences(old.element or Type(), new.element or Type(), f"{path}[*]")
    else:
        yield path, f"type changed: {_name(new)}, before {_name(old)}", "major"


def same_value(one: Any, other: Any) -> bool:
    """Whether two values from :func:`modproof.hcl.types.literal` are the same to Terraform: 1 and "1" are."""
    if MISSING in (one, other):
        return one is other
    return bool(effective(Type(), one) == effective(Type(), other))


def shown(value: Any) -> str:
    """A default value for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _attributes(old: Type, new: Type, path: str) -> Iterator[Difference]:
    for name, before in old.attributes.items():
        inner = f"{path}.{name}"
        after = new.attributes.get(name)
        if after is None:
            # Terraform discards unknown attributes of an object without an error
            yield inner, "removed attribute", "major"
            continue
        if before.default is not MISSING and after.default is MISSING:
            yield inner, "newly required attribute", "major"
        elif before.default is MISSING and after.default is not MISSING:
            yield inner, "attribute is now optional", "minor"
        elif not same_value(before.default, after.default):
            yield inner, f"changed default: {shown(after.default)}, before {shown(before.default)}", "major"
        yield from differences(before.type, after.type, inner)
    for name, after in new.attributes.items():
        if name not in old.attributes:
            required = after.default is MISSING
            yield (
                f"{path}.{name}",
                "new required attribute" if required else "new optional attribute",
                ("major" if required else "minor"),
            )


def _primitives(old: str, new: str, path: str) -> Iterator[Difference]:
    if new == old:
        return
    if new == "string":
        yield path, f"accepts string, before {old}; values are converted", "minor"
    else:
        yield path, f"narrower type: {new}, before {old}", "major"


def _is_any(kind: Type) -> bool:
    return kind == Type()


def _name(kind: Type) -> str:
    if kind.kind == "value":
        return kind.other or kind.primitive
    return f"{kind.kind}({_name(kind.element)})" if kind.element is not None else kind.kind
