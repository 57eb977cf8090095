"""Prepares results for display: describes mismatches, removes control and invisible characters, masks secrets.

Messages come from Terraform, scanners, the emulator and files written by others. They are cleaned once, before any
format is rendered, so that no format can omit it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from modproof.core.results import Mismatch, Problem
from modproof.report.mismatches import in_words

__all__ = ["MASK", "clean", "scrub", "shorten"]

MASK = "****"

T = TypeVar("T")

# ECMA-48: operating system commands (titles, links), control sequences (colours, cursor), other escapes
_ESCAPES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# characters that make text look different (direction overrides, zero width), and what UTF-8 cannot encode
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: AKIA: user key, ASIA: session key
_ACCESS_KEY = re.compile(r"(?<![A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_SECRET_KEY = re.compile(r"(?i)(secret[^\n]{0,40}?(?<![A-Za-z0-9/+]))[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_SESSION_TOKEN = re.compile(r"(?i)(token[^\n]{0,40}?(?<![A-Za-z0-9/+]))[A-Za-z0-9/+]{100,}=*")

# a key of a secret value, such as SecretAccessKey or db_password; not of its name or its length
_SECRET_NAME = re.compile(r"(?i)(secret|token|password)s?([_-]?(access|key|string|value|text|binary)s?)*$")
# an expectation's token, and an ARN, which identifies a secret but does not contain it
_HARMLESS = re.compile(
    r"|<(absent|unknown|any|sensitive)>|arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[\w+=,.@:/*${}-]+"
)


def clean(text: str) -> str:
    """``text`` without control sequences, invisible characters and key-like values. Line breaks and tabs remain."""
    text = _ESCAPES.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", text)
    text = _INVISIBLE.sub(_REPLACEMENT, text)
    text = _ACCESS_KEY.sub(rf"\1{MASK}", text)
    text = _SECRET_KEY.sub(rf"\1{MASK}", text)
    return _SESSION_TOKEN.sub(rf"\1{MASK}", text)


def scrub(value: T) -> T:
    """A copy of ``value`` (a result, or a part of one) with clean strings and described mismatches.

    In mappings and mismatches, strings below a key of a secret, a token or a password are masked, except ARNs.
    """
    return _scrub(value)  # type: ignore[no-any-return]


def _scrub(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Problem) and value.mismatch is not None:
        mismatch = _masked_mismatch(value.mismatch)
        value = dataclasses.replace(value, message=value.message or in_words(mismatch), mismatch=mismatch)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _scrub(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    if isinstance(value, Mapping):
        return {_scrub(key): _scrub(item) for key, item in _masked(value).items()}
    if isinstance(value, Sequence):
        return type(value)(_scrub(item) for item in value)  # type: ignore[call-arg]
    return value


def _masked_mismatch(mismatch: Mismatch) -> Mismatch:
    secret = any(map(_names_secret, mismatch.path))
    return dataclasses.replace(
        mismatch, expected=_masked(mismatch.expected, secret=secret), found=_masked(mismatch.found, secret=secret)
    )


def _masked(value: Any, *, secret: bool = False) -> Any:
    """``value`` with masked strings below keys that name a secret, and everywhere if it is itself ``secret``."""
    if isinstance(value, str | bytes):
        harmless = isinstance(value, Enum) or (isinstance(value, str) and _HARMLESS.fullmatch(value))
        return MASK if secret and not harmless else value
    if isinstance(value, Mapping):
        return {key: _masked(item, secret=secret or _names_secret(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_masked(item, secret=secret) for item in value)
    return value


def _names_secret(key: object) -> bool:
    return isinstance(key, str) and _SECRET_NAME.search(clean(key)) is not None


def shorten(text: str, limit: int) -> str:
    """The first ``limit`` characters of ``text``, and the number of omitted characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} … ({len(text) - limit:,} more characters)"
