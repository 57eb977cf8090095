"""Terraform's functions that say which keys a collection has, and the plain ones around them.

Source: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modproof.coverage.constraints import UNKNOWN

__all__ = ["apply", "whole"]


def whole(value: Any) -> bool:
    """Whether nothing in ``value`` is unknown."""
    if isinstance(value, Mapping):
        return all(whole(element) for element in value.values())
    return all(whole(element) for element in value) if isinstance(value, list) else value is not UNKNOWN


def _merge(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for each in maps:
        merged |= each or {}
    return merged


def _lookup(values: Mapping[str, Any], key: str, *default: Any) -> Any:
    return values.get(key, *default)


def _as_set(values: list[Any]) -> list[Any]:
    return sorted(set(values))


def _flatten(values: list[Any]) -> list[Any]:
    if any(value is UNKNOWN for value in values):
        raise ValueError("a list may be behind it")
    return [inner for value in values for inner in (_flatten(value) if isinstance(value, list) else [value])]


def _element(values: list[Any], index: int) -> Any:
    return values[index % len(values)]


# these look at which elements there are, not at what they are
_OF_FORM: Mapping[str, Callable[..., Any]] = {
    "concat": lambda *lists: [element for each in lists for element in each],
    "element": _element,
    "flatten": _flatten,
    "keys": sorted,
    "length": len,
    "lookup": _lookup,
    "merge": _merge,
    "tolist": list,
    "tomap": dict,
    "values": lambda values: [values[key] for key in sorted(values)],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}
_OF_VALUES: Mapping[str, Callable[..., Any]] = {
    "alltrue": all,
    "anytrue": any,
    "compact": lambda values: [value for value in values if value],
    "contains": lambda values, value: value in values,
    "distinct": lambda values: list(dict.fromkeys(values)),
    "endswith": lambda text, end: text.endswith(end),
    "join": lambda separator, values: separator.join(values),
    "lower": str.lower,
    "setunion": lambda *sets: _as_set([element for each in sets for element in each]),
    "split": lambda separator, text: text.split(separator),
    "startswith": lambda text, start: text.startswith(start),
    "toset": _as_set,
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
}


def apply(name: str, arguments: list[Any]) -> Any:
    """What the function gives; UNKNOWN where that follows from what is unknown, or nobody here knows the function."""
    function = _OF_FORM.get(name)
    known = function is not None and not any(argument is UNKNOWN for argument in arguments)
    if not known:
        function = _OF_VALUES.get(name)
        known = function is not None and whole(arguments)
    if function is None or not known:
        return UNKNOWN
    try:
        return function(*arguments)
    except (TypeError, ValueError, AttributeError, LookupError):
        return UNKNOWN  # the wrong arguments: Terraform says so
