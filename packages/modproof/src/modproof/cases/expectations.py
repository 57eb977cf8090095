"""Partial expectations: does a value match what was expected?

An expected mapping is a subset: other keys are ignored. A list must have the same length; its elements are matched in
order. If a mapping or list is expected of a string, the string must be JSON, such as a policy document.

A token is a whole string: ``<absent>``, ``<unknown>``, ``<any>``, ``<sensitive>`` (marked as sensitive, with any value)
or ``<match REGEX>``. A mapping with the single key ``<contains>`` has a list: each of its elements must match some
element of the list that was found.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from modproof.core.results import Mismatch
from modproof.terraform.values import MISSING, PlannedValue

__all__ = ["ABSENT", "ANY", "CONTAINS", "SENSITIVE", "UNKNOWN", "bad_tokens", "mismatches"]

ABSENT = "<absent>"
UNKNOWN = "<unknown>"
ANY = "<any>"
SENSITIVE = "<sensitive>"
CONTAINS = "<contains>"
_PLAIN_TOKENS = (ABSENT, UNKNOWN, ANY, SENSITIVE)
_MATCH = re.compile(r"<match (?P<pattern>.*)>", re.DOTALL)
_TOKEN = re.compile(r"<(absent|unknown|any|sensitive|contains|match)\b.*>?", re.DOTALL)
_LIKE_TOKEN = re.compile(r"<(?P<name>[A-Za-z_-]+)(?P<rest> .*)?>", re.DOTALL)
_SIMILAR = 0.8
"""The ratio of :mod:`difflib` from which a name is taken for a misspelled token: all but one or two letters agree."""

Path = tuple[str | int, ...]


def bad_tokens(expected: object, path: str = "") -> list[str]:
    """The errors of the tokens in ``expected``: a misspelled name, text after a name, an invalid regular expression."""
    if isinstance(expected, Mapping):
        faults = [fault for key, value in expected.items() for fault in bad_tokens(value, _join(path, key))]
        if set(expected) == {CONTAINS} and not isinstance(expected[CONTAINS], list):
            faults.append(f"{path or 'value'}: {CONTAINS} takes a list")
        if len(expected) == 1 and _nearest_token(key := str(next(iter(expected)))) == CONTAINS:
            faults.append(f"{path or 'value'}: {key!r} is not a token; did you mean {CONTAINS}?")
        return faults
    if isinstance(expected, list):
        return [fault for index, value in enumerate(expected) for fault in bad_tokens(value, f"{path}[{index}]")]
    if not isinstance(expected, str):
        return []
    match = _MATCH.fullmatch(expected)
    if match:
        try:
            re.compile(match["pattern"])
        except re.error as error:
            return [f"{path or 'value'}: {expected!r} is not a regular expression: {error}"]
        return []
    if expected in _PLAIN_TOKENS:
        return []
    if nearest := _nearest_token(expected):
        return [f"{path or 'value'}: {expected!r} is not a token; did you mean {nearest}?"]
    if not _TOKEN.fullmatch(expected):
        return []
    return [f"{path or 'value'}: {expected!r} is not a token; tokens are {', '.join(_PLAIN_TOKENS)}, <match REGEX>"]


def _nearest_token(text: str) -> str | None:
    """The token that ``text`` misspells: nearly the same name in the same form, ``<NAME>`` or ``<NAME TEXT>``.

    None for a token, and for any other text in angle brackets, such as ``<html>``.
    """
    match = _LIKE_TOKEN.fullmatch(text)
    if match is None or _TOKEN.fullmatch(text):
        return None
    names = (
        {"match": "<match REGEX>"} if match["rest"] else {token[1:-1]: token for token in (*_PLAIN_TOKENS, CONTAINS)}
    )
    close = difflib.get_close_matches(match["name"].lower(), names, 1, _SIMILAR)
    return names[close[0]] if close else None


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def mismatches(expected: object, found: PlannedValue, *, subject: str = "", path: Path = ()) -> list[Mismatch]:
    """Every difference between ``expected`` and ``found``; empty when it matches. ``path`` leads to ``found``."""
    return list(_Comparison(subject).compare(expected, found, path))


class _Comparison:
    def __init__(self, subject: str) -> None:
        self._subject = subject

    def compare(self, expected: Any, found: PlannedValue, path: Path) -> Iterator[Mismatch]:
        if isinstance(expected, str) and (holds := _token_holds(expected, found)) is not None:
            if not holds:
                yield self._mismatch(expected, found, path)
        elif found.is_unknown or found.value is MISSING:
            yield self._mismatch(expected, found, path)
        elif isinstance(expected, Mapping | list) and isinstance(found.value, str):
            try:
                parsed = json.loads(found.value)
            except ValueError:
                yield self._mismatch(expected, found, path, "json")
            else:
                yield from self._compare_known(expected, found.holding(parsed), path)
        else:
            yield from self._compare_known(expected, found, path)

    def _compare_known(self, expected: Any, found: PlannedValue, path: Path) -> Iterator[Mismatch]:
        if isinstance(expected, Mapping):
            yield from self._mapping(expected, found, path)
        elif isinstance(expected, list):
            yield from self._list(expected, found, path)
        elif not _equal(expected, found.value):
            yield self._mismatch(expected, found, path)

    def _mapping(self, expected: Mapping[str, Any], found: PlannedValue, path: Path) -> Iterator[Mismatch]:
        if set(expected) == {CONTAINS}:
            yield from self._contains(expected[CONTAINS], found, path)
        elif not isinstance(found.value, Mapping):
            yield self._mismatch(expected, found, path, "mapping")
        else:
            for key, value in expected.items():
                yield from self.compare(value, found.at(key), (*path, key))

    def _list(self, expected: list[Any], found: PlannedValue, path: Path) -> Iterator[Mismatch]:
        if not isinstance(found.value, list):
            yield self._mismatch(expected, found, path, "list")
        elif len(expected) != len(found.value):
            yield self._mismatch(expected, found, path, "length")
        else:
            for index, value in enumerate(expected):
                yield from self.compare(value, found.at(index), (*path, index))

    def _contains(self, wanted: list[Any], found: PlannedValue, path: Path) -> Iterator[Mismatch]:
        if not isinstance(found.value, list):
            yield self._mismatch(wanted, found, path, "list")
            return
        for element in wanted:
            if all(any(self.compare(element, found.at(index), path)) for index in range(len(found.value))):
                yield self._mismatch(element, found, path, "element")

    def _mismatch(self, expected: Any, found: PlannedValue, path: Path, kind: Any = "value") -> Mismatch:
        if found.is_unknown:
            return Mismatch(self._subject, path, expected, None, "unknown", kind)
        if found.value is MISSING:
            return Mismatch(self._subject, path, expected, None, "absent", kind)
        if found.is_sensitive:
            return Mismatch(self._subject, path, expected, None, "sensitive", kind)
        return Mismatch(self._subject, path, expected, found.value, "known", kind)


def _equal(expected: object, found: object) -> bool:
    # to Terraform 1 and 1.0 are the same number; to Python True is 1 too
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    return expected == found


def _token_holds(expected: str, found: PlannedValue) -> bool | None:
    """Whether ``found`` matches a token; None if ``expected`` is not a token."""
    match = _MATCH.fullmatch(expected)
    if match is not None:
        text = None if found.is_unknown else found.value
        return isinstance(text, str) and re.search(match["pattern"], text) is not None
    return {
        UNKNOWN: found.is_unknown,
        ABSENT: not found.is_unknown and not found.is_present,
        ANY: found.is_present,
        SENSITIVE: found.is_sensitive,
    }.get(expected)
