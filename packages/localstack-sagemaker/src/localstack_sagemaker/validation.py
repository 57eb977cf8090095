"""Validates a parsed request against botocore's input shape, with AWS's error messages.

Each shape is compiled on first use and cached: the model has some 2,000 shapes and a request uses a few.
"""

from __future__ import annotations

import datetime
import logging
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from . import errors

__all__ = ["RequestValidator", "java_pattern"]

LOG = logging.getLogger(__name__)

Check = Callable[[Any, str, list[str]], None]

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "timestamp": (datetime.datetime, int, float),
}
# Java's character classes in Python, too wide rather than too narrow: input that AWS accepts must pass.
_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{M}": r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f",
    r"\p{N}": r"\d",
    r"\p{P}": r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e\u3001-\u3011",
    r"\p{S}": r"$+<=>\^`|~\u00a2-\u00b8\u00d7\u00f7\u02c2-\u02ff\u2044-\u2bff\U0001f000-\U0001faff",
    r"\p{Z}": r"\s",
    r"\p{Alnum}": r"a-zA-Z0-9",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010ffff",
}
# Values that AWS accepts and the service model of an older botocore does not have, from botocore 1.44.8.
_NEWER: dict[str, dict[str, Any]] = {
    "PlatformIdentifier": {"max": 20, "pattern": "notebook-(al1-v1|al2-v1|al2-v2|al2-v3|al2023-v1|al2023-v2)"},
}
# AWS adds instance types between releases of botocore.
_INSTANCE_TYPE = re.compile(r"ml\.[a-z][a-z0-9-]*\.(medium|large|\d*xlarge|metal(-\d+xl)?)")
_LAST_SECOND = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC).timestamp()
_REPEATED_END = re.compile(r"\$\{\d+,\d+\}")


def java_pattern(pattern: str) -> re.Pattern[str] | None:
    """Translate a pattern of the service model; None, which disables the check, if Python has no equivalent."""
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(_REPEATED_END.sub("$", pattern))
    except re.error:
        return None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(str(item) for item in value) + "]"
    return str(value)


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


class RequestValidator:
    """Compiled checks of one service model."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._ready: dict[str, Check] = {}
        self._compiling = threading.Lock()

    def validate(self, shape: Shape | None, request: Mapping[str, Any]) -> None:
        """Raise ValidationException with all violations, or SerializationException on a wrong JSON type."""
        if shape is None:
            return
        found: list[str] = []
        check = self._ready.get(shape.name)
        if check is None:
            # other threads must not use the entry of a shape that is being compiled
            with self._compiling:
                check = self._ready[shape.name] = self._check(shape)
        check(request, "", found)
        if found:
            plural = "s" if len(found) > 1 else ""
            raise errors.validation(f"{len(found)} validation error{plural} detected: " + "; ".join(found))

    def _check(self, shape: Shape) -> Check:
        check = self._checks.get(shape.name)
        if check is None:
            # a recursive shape uses this entry until it is compiled
            self._checks[shape.name] = lambda value, path, found: self._checks[shape.name](value, path, found)
            check = self._checks[shape.name] = self._compile(shape)
        return check

    def _compile(self, shape: Shape) -> Check:
        types = _PYTHON_TYPES.get(shape.type_name, (object,))
        no_boolean = bool not in types and object not in types
        is_timestamp = shape.type_name == "timestamp"
        rules = self._structure_rules(shape) or self._list_rules(shape) or self._map_rules(shape)
        limits = _limits(shape)

        def check(value: Any, path: str, found: list[str]) -> None:
            if not isinstance(value, types) or (no_boolean and isinstance(value, bool)):
                raise errors.serialization(
                    f"{path or 'request'}: {type(value).__name__} cannot be converted to {shape.type_name}"
                )
            if is_timestamp and not isinstance(value, datetime.datetime):
                _check_timestamp(value, path)
            if limits:
                limits(value, path, found)
            if rules:
                rules(value, path, found)

        return check

    def _structure_rules(self, shape: Shape) -> Check | None:
        if not isinstance(shape, StructureShape):
            return None
        required = list(shape.required_members)
        members = {name: (self._check(member), _lower_first(name)) for name, member in shape.members.items()}

        def rules(value: Any, path: str, found: list[str]) -> None:
            prefix = f"{path}." if path else ""
            for name in required:
                if value.get(name) is None:
                    label = f"{prefix}{_lower_first(name)}"
                    found.append(f"Value null at '{label}' failed to satisfy constraint: Member must not be null")
            for name, item in value.items():
                if item is not None and name in members:
                    check, label = members[name]
                    check(item, prefix + label, found)

        return rules

    def _list_rules(self, shape: Shape) -> Check | None:
        if not isinstance(shape, ListShape):
            return None
        member = self._check(shape.member)

        def rules(value: Any, path: str, found: list[str]) -> None:
            for position, item in enumerate(value, 1):
                member(item, f"{path}.{position}.member", found)

        return rules

    def _map_rules(self, shape: Shape) -> Check | None:
        if not isinstance(shape, MapShape):
            return None
        keys, values = self._check(shape.key), self._check(shape.value)

        def rules(value: Any, path: str, found: list[str]) -> None:
            for key, item in value.items():
                keys(key, f"{path}.key", found)
                values(item, f"{path}.{key}.member", found)

        return rules


def _check_timestamp(value: Any, path: str) -> None:
    if not 0 <= value < _LAST_SECOND:
        raise errors.serialization(f"{path or 'request'}: {value} is not a timestamp")


def _limits(shape: Shape) -> Check | None:
    """Check length, range, pattern and enum of one shape, in AWS's order. Unknown instance types are only logged.

    None if the shape has no limits.
    """
    metadata = {**shape.metadata, **_NEWER.get(shape.name, {})}
    low, high = metadata.get("min"), metadata.get("max")
    sized = shape.type_name in ("string", "list", "map", "blob")
    enum = set(metadata["enum"]) if metadata.get("enum") else None
    enum_text = "[" + ", ".join(metadata.get("enum") or ()) + "]"
    pattern_text = metadata.get("pattern")
    pattern = java_pattern(pattern_text) if pattern_text else None
    if low is None and high is None and enum is None and pattern is None:
        return None
    newer = _INSTANCE_TYPE if shape.name.endswith("InstanceType") else None
    word = "length" if sized else "value"

    def limits(value: Any, path: str, found: list[str]) -> None:
        measured = len(value) if sized else value
        if high is not None and measured > high:
            _report(found, value, path, f"have {word} less than or equal to {high}")
            return
        if low is not None and measured < low:
            _report(found, value, path, f"have {word} greater than or equal to {low}")
            return
        if enum is not None and value not in enum:
            if newer and newer.fullmatch(value):
                LOG.warning("%s at %s is not in the installed botocore and is accepted", value, path)
                return
            _report(found, value, path, f"satisfy enum value set: {enum_text}")
        if pattern is not None and not pattern.fullmatch(value):
            _report(found, value, path, f"satisfy regular expression pattern: {pattern_text}")

    return limits


def _report(found: list[str], value: Any, path: str, rule: str) -> None:
    found.append(f"Value '{_shown(value)}' at '{path}' failed to satisfy constraint: Member must {rule}")
