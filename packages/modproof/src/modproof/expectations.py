"""Partial expectations: does what was found hold what was expected?

An expected mapping is a subset: keys that it does not name are free. A list must have the same length, each element
matched in order. A mapping or list expected of a string means that the string holds JSON (a policy document).
Tokens, each a whole string: ``<absent>``, ``<unknown>``, ``<any>``, ``<match REGEX>``; and a mapping with the single
key ``<contains>`` holds a list of which every element must match some element of what was found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

__all__ = ["ABSENT", "ANY", "CONTAINS", "UNKNOWN", "bad_tokens", "mismatches"]

ABSENT = "<absent>"
UNKNOWN = "<unknown>"
ANY = "<any>"
CONTAINS = "<contains>"
_MATCH = re.compile(r"<match (?P<pattern>.*)>", re.DOTALL)
_TOKEN = re.compile(r"<(absent|unknown|any|contains|match)\b.*>?", re.DOTALL)
_MISSING = object()
_SHOWN = 160


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def bad_tokens(expected: object, path: str = "") -> list[str]:
    """What is wrong with the tokens in ``expected`` itself: a token misspelt, a pattern that is no regex."""
    if isinstance(expected, Mapping):
        return [fault for key, value in expected.items() for fault in bad_tokens(value, _join(path, key))]
    if isinstance(expected, list):
        return [fault for index, value in enumerate(expected) for fault in bad_tokens(value, f"{path}[{index}]")]
    if not isinstance(expected, str):
        return []
    match = _MATCH.fullmatch(expected)
    if match:
        try:
            re.compile(match["pattern"])
        except re.error as error:
            return [f"{path or 'value'}: {expected!r} is no regular expression: {error}"]
        return []
    if expected in (ABSENT, UNKNOWN, ANY) or not _TOKEN.fullmatch(expected):
        return []
    return [f"{path or 'value'}: {expected!r} is no token; tokens are {ABSENT}, {UNKNOWN}, {ANY}, <match REGEX>"]


def mismatches(expected: object, actual: object, *, unknown: object = False, path: str = "") -> list[str]:
    """Every way in which ``actual`` does not hold ``expected``; empty when it does.

    ``unknown`` is Terraform's ``after_unknown`` beside ``actual``: True where a value is known only after apply,
    or a mapping or list of the same shape. Each text reads ``path: expected X, found Y``.
    """
    return list(_compare(expected, actual, unknown, path))


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _part(unknown: object, key: str | int) -> object:
    """What is unknown below ``key``."""
    if isinstance(unknown, Mapping):
        return unknown.get(key, False)
    if isinstance(unknown, Sequence) and not isinstance(unknown, str) and isinstance(key, int):
        return unknown[key] if key < len(unknown) else False
    return unknown is True


def _compare(expected: object, actual: object, unknown: object, path: str) -> list[str]:
    place = path or "value"
    if isinstance(expected, str):
        token = _compare_token(expected, actual, unknown, place)
        if token is not None:
            return token
    if unknown is True:
        return [f"{place}: expected {_show(expected)}, found a value known only after apply"]
    if actual is _MISSING:
        return [f"{place}: expected {_show(expected)}, found nothing"]
    if isinstance(expected, Mapping | list) and isinstance(actual, str):
        try:
            actual = json.loads(actual)
        except ValueError:
            return [f"{place}: expected {_show(expected)}, found the text {_show(actual)}, which is not JSON"]
    if isinstance(expected, Mapping):
        return _compare_mapping(expected, actual, unknown, path)
    if isinstance(expected, list):
        return _compare_list(expected, actual, unknown, path)
    # 1 and 1.0 are one number to Terraform, but True is not 1
    if isinstance(expected, bool) or isinstance(actual, bool):
        equal = expected is actual
    else:
        equal = expected == actual
    return [] if equal else [f"{place}: expected {_show(expected)}, found {_show(actual)}"]


def _compare_token(expected: str, actual: object, unknown: object, place: str) -> list[str] | None:
    found = "a value known only after apply" if unknown is True else "nothing"
    if unknown is not True and actual is not _MISSING:
        found = _show(actual)
    if expected == UNKNOWN:
        return [] if unknown is True else [f"{place}: expected a value known only after apply, found {found}"]
    if expected == ABSENT:
        gone = unknown is not True and (actual is _MISSING or actual is None)
        return [] if gone else [f"{place}: expected nothing, found {found}"]
    if expected == ANY:
        there = unknown is not True and actual is not _MISSING and actual is not None
        return [] if there else [f"{place}: expected a value, found {found}"]
    match = _MATCH.fullmatch(expected)
    if match is None:
        return None
    if unknown is True or not isinstance(actual, str):
        return [f"{place}: expected text that matches {match['pattern']}, found {found}"]
    if re.search(match["pattern"], actual):
        return []
    return [f"{place}: expected text that matches {match['pattern']}, found {found}"]


def _compare_mapping(expected: Mapping[str, object], actual: object, unknown: object, path: str) -> list[str]:
    place = path or "value"
    if set(expected) == {CONTAINS}:
        return _compare_contains(expected[CONTAINS], actual, unknown, place)
    if not isinstance(actual, Mapping):
        return [f"{place}: expected a mapping, found {_show(actual)}"]
    return [
        fault
        for key, value in expected.items()
        for fault in _compare(value, actual.get(key, _MISSING), _part(unknown, key), _join(path, key))
    ]


def _compare_list(expected: list[object], actual: object, unknown: object, path: str) -> list[str]:
    place = path or "value"
    if not isinstance(actual, list):
        return [f"{place}: expected a list, found {_show(actual)}"]
    if len(expected) != len(actual):
        return [f"{place}: expected {len(expected)} elements {_show(expected)}, found {len(actual)} {_show(actual)}"]
    return [
        fault
        for index, value in enumerate(expected)
        for fault in _compare(value, actual[index], _part(unknown, index), f"{path}[{index}]")
    ]


def _compare_contains(wanted: object, actual: object, unknown: object, place: str) -> list[str]:
    if not isinstance(wanted, list):
        return [f"{place}: {CONTAINS} takes a list, not {_show(wanted)}"]
    if not isinstance(actual, list):
        return [f"{place}: expected a list, found {_show(actual)}"]
    return [
        f"{place}: expected an element like {_show(element)}, found none among {_show(actual)}"
        for element in wanted
        if not any(
            not _compare(element, candidate, _part(unknown, index), place) for index, candidate in enumerate(actual)
        )
    ]
