"""The Terraform functions that Python computes exactly, above all those that decide which keys a collection has.

Source: https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from modproof.hcl.evaluation.values import MaybeSet, as_set, comparable, in_common, is_number, is_whole, shown, stays
from modproof.hcl.types import UNKNOWN

__all__ = ["apply"]

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")


def _merge(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for each in maps if each is not None for key, value in each.items()}


def _lookup(values: Mapping[str, Any], key: str, *default: Any) -> Any:
    if key in values or not default:
        return values[key]
    # a map converts the default to the type of its elements, an object does not
    return default[0] if stays(default[0], values.values()) else UNKNOWN


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError("not a list")
    return values


def _ordered(values: Any) -> list[Any]:
    if isinstance(values, MaybeSet):
        raise TypeError("maybe a set, which has no indexes")
    return _list(values)


def _comparable(values: list[Any]) -> list[Any]:
    if not comparable(_list(values)):
        raise TypeError("elements that cannot be compared with certainty")
    return values


def _bools(values: list[Any]) -> list[bool]:
    if not all(isinstance(value, bool) for value in _list(values)):
        raise TypeError("elements that are converted first")
    return values


def _numbers(values: Iterable[Any]) -> list[int]:
    found = list(values)
    if not all(map(is_number, found)):
        raise TypeError("not integers")
    return [int(value) for value in found]


def _strings(values: list[Any]) -> list[str]:
    texts = [shown(value) for value in _list(values)]
    if UNKNOWN in texts:
        raise TypeError("elements that are not strings")
    return texts


def _ascii(text: str) -> str:
    """Beyond ASCII, Python and Terraform disagree on characters and their cases. Raises UnicodeError there."""
    if "\r" in text:
        raise ValueError("a line break that Terraform counts as one character")
    return text.encode("ascii").decode()


def _compact(values: list[Any]) -> list[str]:
    if not all(value is None or isinstance(value, str) for value in _list(values)):
        raise TypeError("elements that are converted first")
    return [value for value in values if value]


def _flatten(values: list[Any]) -> list[Any]:
    if any(value is UNKNOWN for value in values):
        raise ValueError("an unknown element may be a list")
    return [inner for value in _list(values) for inner in (_flatten(value) if isinstance(value, list) else [value])]


def _element(values: list[Any], index: int) -> Any:
    (number,) = _numbers([index])
    if number < 0 or not values:
        raise ValueError("out of range")
    return _ordered(values)[number % len(values)]


def _zipmap(keys: list[Any], values: list[Any]) -> dict[str, Any]:
    if not all(isinstance(key, str) for key in keys):
        raise TypeError("keys that are unknown or converted first")
    return dict(zip(keys, _ordered(values), strict=True))


def _length(values: Any) -> int:
    return len(_ascii(values) if isinstance(values, str) else values)


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    first, last = _numbers([start, end])
    if not 0 <= first <= last <= len(_ordered(values)):
        raise ValueError("out of range")
    return values[first:last]


def _range(*limits: int) -> list[int]:
    numbers = _numbers(limits)
    if len(numbers) < 3 and numbers[-1] < (numbers[0] if len(numbers) == 2 else 0):
        numbers = [*([0] if len(numbers) == 1 else []), *numbers, -1]
    return list(range(*numbers))


def _replace(text: str, found: str, replacement: str) -> str:
    if not found or (len(found) > 1 and found[0] == found[-1] == "/"):
        raise ValueError("a regular expression")
    return text.replace(found, replacement)


def _split(separator: str, text: str) -> list[str]:
    return text.split(separator) if text else [""]


def _coalesce(*values: Any) -> Any:
    converted = in_common(list(values))
    return next(value for value in converted if value is not None and value != "")


def _intersection(first: list[Any], *others: list[Any]) -> list[Any]:
    _comparable([element for each in (first, *others) for element in _list(each)])
    return as_set([element for element in first if all(element in other for other in others)])


def _subtracted(values: list[Any], removed: list[Any]) -> list[Any]:
    _comparable([*_list(values), *_list(removed)])
    return as_set([element for element in values if element not in removed])


def _one(values: list[Any]) -> Any:
    if len(_list(values)) > 1:
        raise ValueError("more than one element")
    return values[0] if values else None


def _encoded(value: Any) -> str:
    """JSON as Go writes it: sorted keys, no blanks, some characters escaped."""
    text = json.dumps(_encodable(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _encodable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _encodable(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_encodable(element) for element in value]
    if isinstance(value, str):
        if any(ord(character) in (8, 12, 127) for character in value):
            raise ValueError("characters that versions of Go escape differently")
        return value
    return int(value) if is_number(value) else value if value is None or isinstance(value, bool) else _plain(value)


def _plain(value: float) -> float:
    if shown(value) is UNKNOWN:
        raise TypeError("a number with many digits")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value):
            raise ValueError("not an integer")
        return int(value)
    if isinstance(value, bool):
        raise TypeError("no conversion between numbers and booleans")
    return value


def _bool(value: Any) -> Any:
    return None if value is None else {"true": True, "false": False}[shown(value)]


# these depend on which elements there are, not on what they are
_OF_FORM: Mapping[str, Callable[..., Any]] = {
    "concat": lambda *lists: [element for each in lists for element in _list(each)],
    "element": _element,
    "flatten": _flatten,
    "keys": lambda values: sorted(values.keys()),
    "length": _length,
    "lookup": _lookup,
    "merge": _merge,
    "one": _one,
    "reverse": lambda values: _ordered(values)[::-1],
    "slice": _slice,
    "tolist": lambda values: list(in_common(_list(values))),
    "tomap": lambda values: dict(zip(values, in_common(list(values.values())), strict=True)),
    "values": lambda values: [values[key] for key in sorted(values.keys())],
    "zipmap": _zipmap,
}
_OF_VALUES: Mapping[str, Callable[..., Any]] = {
    "abs": lambda value: abs(_numbers([value])[0]),
    "alltrue": lambda values: all(_bools(values)),
    "anytrue": lambda values: any(_bools(values)),
    "coalesce": _coalesce,
    "compact": _compact,
    "contains": lambda values, value: value in _comparable([*_list(values), value])[:-1],
    "distinct": lambda values: list(dict.fromkeys(_comparable(_ordered(values)))),
    "endswith": lambda text, end: text.endswith(end),
    "join": lambda separator, values: separator.join(_strings(values)),
    "jsonencode": _encoded,
    "lower": lambda text: _ascii(text).lower(),
    "max": lambda *values: max(_numbers(values)),
    "min": lambda *values: min(_numbers(values)),
    "range": _range,
    "replace": _replace,
    "setintersection": _intersection,
    "setsubtract": _subtracted,
    "setunion": lambda first, *sets: as_set([element for each in (first, *sets) for element in _list(each)]),
    "sort": lambda values: sorted(_strings(values)),
    "split": _split,
    "startswith": lambda text, start: text.startswith(start),
    "sum": lambda values: sum(_numbers(values)) if _list(values) else UNKNOWN,
    "tobool": _bool,
    "tonumber": _number,
    "toset": lambda values: as_set(in_common(_list(values))),
    "tostring": lambda value: None if value is None else shown(value),
    "trimprefix": str.removeprefix,
    "trimspace": lambda text: _ascii(text).strip(" \t\n\v\f"),
    "trimsuffix": str.removesuffix,
    "upper": lambda text: _ascii(text).upper(),
}


def apply(name: str, arguments: list[Any]) -> Any:
    """The result of a function; UNKNOWN if it depends on unknown arguments, or if the function is not in this module.

    It is UNKNOWN too for arguments that Terraform rejects.
    """
    function = _OF_FORM.get(name)
    known = function is not None and not any(argument is UNKNOWN for argument in arguments)
    if not known:
        function = _OF_VALUES.get(name)
        known = function is not None and is_whole(arguments)
    if function is None or not known:
        return UNKNOWN
    try:
        return function(*arguments)
    except (TypeError, ValueError, AttributeError, LookupError, StopIteration):
        return UNKNOWN
