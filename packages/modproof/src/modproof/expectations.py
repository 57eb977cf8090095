"""Partial expectations: does what was found hold what was expected?

An expected mapping is a subset: keys that it does not name are free. A list must have the same length, each element
matched in order. A mapping or list expected of a string means that the string holds JSON (a policy document).
Tokens, each a whole string: ``<absent>``, ``<unknown>``, ``<any>``, ``<sensitive>`` (marked so, whatever it is),
``<match REGEX>``; and a mapping with the single key ``<contains>`` holds a list of which every element must match some
element of what was found. A text about a value that is marked as sensitive does not show it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["ABSENT", "ANY", "CONTAINS", "SENSITIVE", "UNKNOWN", "bad_tokens", "mismatches"]

ABSENT = "<absent>"
UNKNOWN = "<unknown>"
ANY = "<any>"
SENSITIVE = "<sensitive>"
CONTAINS = "<contains>"
_PLAIN_TOKENS = (ABSENT, UNKNOWN, ANY, SENSITIVE)
_MATCH = re.compile(r"<match (?P<pattern>.*)>", re.DOTALL)
_TOKEN = re.compile(r"<(absent|unknown|any|sensitive|contains|match)\b.*>?", re.DOTALL)
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
    if expected in _PLAIN_TOKENS or not _TOKEN.fullmatch(expected):
        return []
    return [f"{path or 'value'}: {expected!r} is no token; tokens are {', '.join(_PLAIN_TOKENS)}, <match REGEX>"]


def mismatches(
    expected: object, actual: object, *, unknown: object = False, sensitive: object = False, path: str = ""
) -> list[str]:
    """Every way in which ``actual`` does not hold ``expected``; empty when it does.

    ``unknown`` is Terraform's ``after_unknown`` beside ``actual``: True where a value is known only after apply,
    or a mapping or list of the same shape; ``sensitive`` is its ``after_sensitive``, likewise. Each text reads
    ``path: expected X, found Y``.
    """
    return list(_compare(expected, _Found(actual, unknown, sensitive), path))


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _part(mask: object, key: str | int) -> object:
    """What a mask says below ``key``."""
    if isinstance(mask, Mapping):
        return mask.get(key, False)
    if isinstance(mask, Sequence) and not isinstance(mask, str) and isinstance(key, int):
        return mask[key] if key < len(mask) else False
    return mask is True


@dataclass(frozen=True, slots=True)
class _Found:
    """A value of the plan, with what Terraform says of it. ``value`` is _MISSING where there is none."""

    value: object
    unknown: object
    sensitive: object

    def at(self, key: str | int) -> _Found:
        value: object = _MISSING
        if isinstance(self.value, Mapping):
            value = self.value.get(key, _MISSING)
        elif isinstance(self.value, list) and isinstance(key, int):
            value = self.value[key]
        return _Found(value, _part(self.unknown, key), _part(self.sensitive, key))

    @property
    def is_unknown(self) -> bool:
        return self.unknown is True

    @property
    def is_there(self) -> bool:
        return not self.is_unknown and self.value is not _MISSING and self.value is not None

    @property
    def shown(self) -> str:
        if self.is_unknown:
            return "a value known only after apply"
        if self.value is _MISSING:
            return "nothing"
        # a mask with anything in it may stand for a part of what would be shown
        return "a sensitive value" if _marks(self.sensitive) else _show(self.value)


def _marks(mask: object) -> bool:
    if isinstance(mask, Mapping):
        return any(map(_marks, mask.values()))
    if isinstance(mask, list):
        return any(map(_marks, mask))
    return mask is True


def _compare(expected: object, found: _Found, path: str) -> list[str]:
    place = path or "value"
    if isinstance(expected, str):
        token = _compare_token(expected, found, place)
        if token is not None:
            return token
    if found.is_unknown or found.value is _MISSING:
        return [f"{place}: expected {_show(expected)}, found {found.shown}"]
    if isinstance(expected, Mapping | list) and isinstance(found.value, str):
        try:
            found = _Found(json.loads(found.value), found.unknown, found.sensitive)
        except ValueError:
            return [f"{place}: expected {_show(expected)}, found the text {found.shown}, which is not JSON"]
    if isinstance(expected, Mapping):
        return _compare_mapping(expected, found, path)
    if isinstance(expected, list):
        return _compare_list(expected, found, path)
    # 1 and 1.0 are one number to Terraform, but True is not 1
    if isinstance(expected, bool) or isinstance(found.value, bool):
        equal = expected is found.value
    else:
        equal = expected == found.value
    return [] if equal else [f"{place}: expected {_show(expected)}, found {found.shown}"]


def _compare_token(expected: str, found: _Found, place: str) -> list[str] | None:
    match = _MATCH.fullmatch(expected)
    if match is not None:
        text = None if found.is_unknown else found.value
        holds = isinstance(text, str) and re.search(match["pattern"], text) is not None
        wanted = f"text that matches {match['pattern']}"
    elif expected == UNKNOWN:
        holds, wanted = found.is_unknown, "a value known only after apply"
    elif expected == ABSENT:
        holds, wanted = not found.is_unknown and not found.is_there, "nothing"
    elif expected == ANY:
        holds, wanted = found.is_there, "a value"
    elif expected == SENSITIVE:
        holds, wanted = _marks(found.sensitive), "a value that is marked as sensitive"
    else:
        return None
    return [] if holds else [f"{place}: expected {wanted}, found {found.shown}"]


def _compare_mapping(expected: Mapping[str, object], found: _Found, path: str) -> list[str]:
    place = path or "value"
    if set(expected) == {CONTAINS}:
        return _compare_contains(expected[CONTAINS], found, place)
    if not isinstance(found.value, Mapping):
        return [f"{place}: expected a mapping, found {found.shown}"]
    return [fault for key, value in expected.items() for fault in _compare(value, found.at(key), _join(path, key))]


def _compare_list(expected: list[object], found: _Found, path: str) -> list[str]:
    place = path or "value"
    if not isinstance(found.value, list):
        return [f"{place}: expected a list, found {found.shown}"]
    if len(expected) != len(found.value):
        wanted = f"{len(expected)} elements {_show(expected)}"
        return [f"{place}: expected {wanted}, found {len(found.value)} {found.shown}"]
    return [
        fault for index, value in enumerate(expected) for fault in _compare(value, found.at(index), f"{path}[{index}]")
    ]


def _compare_contains(wanted: object, found: _Found, place: str) -> list[str]:
    if not isinstance(wanted, list):
        return [f"{place}: {CONTAINS} takes a list, not {_show(wanted)}"]
    if not isinstance(found.value, list):
        return [f"{place}: expected a list, found {found.shown}"]
    return [
        f"{place}: expected an element like {_show(element)}, found none among {found.shown}"
        for element in wanted
        if not any(not _compare(element, found.at(index), place) for index in range(len(found.value)))
    ]
