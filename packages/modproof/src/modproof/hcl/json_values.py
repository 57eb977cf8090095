"""Parses JSON with the line of every value and name, and keeps names that occur twice."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["JsonObject", "JsonValue", "parse_values"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,\s"]+')


@dataclass(frozen=True, slots=True)
class Member:
    """A name and its value."""

    name: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The members in the order of the text."""

    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class JsonValue:
    """``data`` from ``line`` to ``end``; ``name_line`` is the line of its name, if it is a member of an object."""

    data: JsonObject | list[JsonValue] | str | int | float | bool | None
    line: int
    end: int
    name_line: int = 1


def parse_values(text: str) -> JsonValue:
    """The value of a JSON text. Lines count from 1. Raises json.JSONDecodeError for text that is not JSON."""
    json.loads(text)
    breaks = [match.start() for match in re.finditer("\n", text)]
    tokens = ((match[0], bisect_right(breaks, match.start()) + 1) for match in _TOKEN.finditer(text))
    return _value(tokens, *next(tokens))


def _value(tokens: Iterator[tuple[str, int]], text: str, line: int) -> JsonValue:
    if text == "{":
        return _object(tokens, line)
    if text == "[":
        return _array(tokens, line)
    return JsonValue(json.loads(text), line, line)


def _object(tokens: Iterator[tuple[str, int]], line: int) -> JsonValue:
    members: list[Member] = []
    for text, at in tokens:
        if text == "}":
            return JsonValue(JsonObject(tuple(members)), line, at)
        if text != ",":
            next(tokens)  # the colon
            value = _value(tokens, *next(tokens))
            members.append(Member(json.loads(text), replace(value, name_line=at)))
    raise ValueError("the text is checked before")


def _array(tokens: Iterator[tuple[str, int]], line: int) -> JsonValue:
    elements: list[JsonValue] = []
    for text, at in tokens:
        if text == "]":
            return JsonValue(elements, line, at)
        if text != ",":
            elements.append(_value(tokens, text, at))
    raise ValueError("the text is checked before")
