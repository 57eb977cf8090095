"""Describes mismatches in words."""

from __future__ import annotations

import json
import re

from modproof.core.counts import plural
from modproof.core.results import Mismatch

__all__ = ["in_words", "truncate"]

_SHOWN_CHARACTERS = 160
_TOKENS = {
    "<absent>": "no value",
    "<unknown>": "a value known only after apply",
    "<any>": "a value",
    "<sensitive>": "a value marked as sensitive",
}
_FOUND = {"unknown": "a value known only after apply", "absent": "no value", "sensitive": "a sensitive value"}


def in_words(mismatch: Mismatch) -> str:
    """Describe a mismatch as ``subject: path: expected X, found Y`` on one line. Long values are truncated."""
    found = _FOUND.get(mismatch.state) or _shown(mismatch.found)
    match mismatch.kind:
        case "count":
            return f"expected {mismatch.expected} {mismatch.subject}, found {mismatch.found}"
        case "planned":
            return f"{mismatch.subject} is not planned"
        case "absent":
            return f"{mismatch.subject} is planned, but expected to be absent"
        case "mapping":
            text = f"expected a mapping, found {found}"
        case "list":
            text = f"expected a list, found {found}"
        case "length":
            size = "" if mismatch.found is None else f"{len(mismatch.found)} "
            count = plural(len(mismatch.expected), "element")
            text = f"expected {count} {_shown(mismatch.expected)}, found {size}{found}"
        case "element":
            text = f"expected an element like {_shown(mismatch.expected)}, found none in {found}"
        case "json":
            text = f"expected {_shown(mismatch.expected)}, found the string {found}, which is not JSON"
        case "value":
            text = f"expected {_expected(mismatch.expected)}, found {found}"
    return ": ".join(part for part in (_joined(mismatch), text) if part)


def _joined(mismatch: Mismatch) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in mismatch.path).lstrip(".")
    separator = " " if mismatch.subject == "output" else ": "
    return separator.join(part for part in (mismatch.subject, path) if part) or "value"


def _expected(value: object) -> str:
    if isinstance(value, str):
        if value in _TOKENS:
            return _TOKENS[value]
        if match := re.fullmatch(r"<match (.*)>", value, re.DOTALL):
            return f"text that matches {match[1]}"
    return _shown(value)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    return truncate(text)


def truncate(text: str) -> str:
    """``text``, or the part of it that a report shows and the number of its characters."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}… ({len(text)} characters)"
