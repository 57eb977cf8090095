"""Terraform's functions that say which keys a collection has, and the plain ones around them.

Source: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modproof.hcl.evaluation.values import as_set, comparable, of_one_kind
from modproof.hcl.types import UNKNOWN

__all__ = ["apply", "whole"]


def whole(value: Any) -> bool:
    """Whether nothing in ``value`` is unknown."""
    if isinstance(value, Mapping):
        return all(whole(element) for element in value.values())
    return all(whole(element) for element in value) if isinstance(value, list) else value is not UNKNOWN


def _merge(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for each in maps if each is not None for key, value in each.items()}


def _lookup(values: Mapping[str, Any], key: str, *default: Any) -> Any:
    return values.get(key, *default) if default else values[key]


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError("no list")
    return values


def _alike(values: Any) -> Any:
    if not of_one_kind(values):
        raise TypeError("elements that are converted")
    return values


def _primitive(values: list[Any]) -> list[Any]:
    if not comparable(_list(values)):
        raise TypeError("elements that nobody here compares")
    return values


def _bools(values: list[Any]) -> list[bool]:
    if not all(isinstance(value, bool) for value in _list(values)):
        raise TypeError("elements that are converted")
    return values


def _ascii(text: str) -> str:
    """Beyond ASCII, Python and Terraform do not agree on letters and their cases. Raises UnicodeError there."""
    return text.encode("ascii").decode()


def _compact(values: list[Any]) -> list[str]:
    if not all(value is None or isinstance(value, str) for value in _list(values)):
        raise TypeError("elements that are converted")
    return [value for value in values if value]


def _flatten(values: list[Any]) -> list[Any]:
    if any(value is UNKNOWN for value in values):
        raise ValueError("a list may be behind it")
    return [inner for value in _list(values) for inner in (_flatten(value) if isinstance(value, list) else [value])]


def _element(values: list[Any], index: int) -> Any:
    return _list(values)[index % len(values)]


def _zipmap(keys: list[Any], values: list[Any]) -> dict[str, Any]:
    if not all(isinstance(key, str) for key in keys):
        raise TypeError("keys that are unknown or converted")
    return dict(zip(keys, _list(values), strict=True))


def _length(values: Any) -> int:
    return len(_ascii(values) if isinstance(values, str) else values)


# these look at which elements there are, not at what they are
_OF_FORM: Mapping[str, Callable[..., Any]] = {
    "concat": lambda *lists: [element for each in lists for element in _list(each)],
    "element": _element,
    "flatten": _flatten,
    "keys": lambda values: sorted(values.keys()),
    "length": _length,
    "lookup": _lookup,
    "merge": _merge,
    "tolist": lambda values: list(_alike(_list(values))),
    "tomap": lambda values: dict(zip(values, _alike(values.values()), strict=True)),
    "values": lambda values: [values[key] for key in sorted(values.keys())],
    "zipmap": _zipmap,
}
_OF_VALUES: Mapping[str, Callable[..., Any]] = {
    "alltrue": lambda values: all(_bools(values)),
    "anytrue": lambda values: any(_bools(values)),
    "compact": _compact,
    "contains": lambda values, value: value in _primitive([*_list(values), value])[:-1],
    "distinct": lambda values: list(dict.fromkeys(_primitive(values))),
    "endswith": lambda text, end: text.endswith(end),
    "join": lambda separator, values: separator.join(_list(values)),
    "lower": lambda text: _ascii(text).lower(),
    "setunion": lambda *sets: as_set([element for each in sets for element in _list(each)]),
    "split": lambda separator, text: text.split(separator),
    "startswith": lambda text, start: text.startswith(start),
    "toset": lambda values: as_set(_list(values)),
    "trimprefix": str.removeprefix,
    "trimsuffix": str.removesuffix,
    "upper": lambda text: _ascii(text).upper(),
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
