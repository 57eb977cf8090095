"""Resolves the references in a step's arguments: parameters, properties of steps, joined texts and JSON files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..written_json import written_json

__all__ = ["Unresolved", "at", "resolve"]

_PART = re.compile(r"\.?([A-Za-z0-9_\-]+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_FILE = re.compile(r"Steps\.([^.]+)\.PropertyFiles\.(.+)")

Lookup = Callable[[str], Any]
"""returns the value of a path like `Steps.Train.ModelArtifacts.S3ModelArtifacts`; raises Unresolved"""
ReadFile = Callable[[str, str], str]
"""returns the text of a step's property file; raises Unresolved"""


class Unresolved(Exception):
    """A reference without a value. The text says which."""


def resolve(value: Any, lookup: Lookup, read_file: ReadFile) -> Any:
    """Return a copy of a value with every reference replaced. Raises Unresolved."""
    if isinstance(value, list):
        return [resolve(one, lookup, read_file) for one in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Get"}:
        return lookup(str(value["Get"]))
    if set(value) == {"Std:Join"}:
        join = value["Std:Join"]
        return str(join.get("On", "")).join(str(resolve(one, lookup, read_file)) for one in join["Values"])
    if set(value) == {"Std:JsonGet"}:
        return _from_file(value["Std:JsonGet"], read_file)
    return {name: resolve(one, lookup, read_file) for name, one in value.items()}


def _from_file(wanted: Mapping[str, Any], read_file: ReadFile) -> Any:
    source = wanted.get("PropertyFile")
    path = str(source.get("Get") if isinstance(source, Mapping) else "")
    match = _FILE.fullmatch(path)
    if not match:
        raise Unresolved(f"PropertyFile {path} is not of the form Steps.STEP.PropertyFiles.NAME")
    text = read_file(match[1], match[2])
    try:
        return at(written_json(text), str(wanted.get("Path", "")))
    except ValueError as error:
        raise Unresolved(f"property file {match[2]} of step {match[1]} is not JSON: {error}") from None


def at(document: Any, path: str) -> Any:
    """The value at a path of names, quoted names and positions. An item of a list is found by its name."""
    for match in _PART.finditer(path):
        name, position = match[1] or match[2] or match[3], match[4]
        found = _item(document, name, position)
        if found is None:
            raise Unresolved(f"{path} has no value")
        document = found
    return document


def _item(document: Any, name: str | None, position: str | None) -> Any:
    if isinstance(document, list) and position is not None:
        return document[int(position)] if int(position) < len(document) else None
    if isinstance(document, list):
        return next((one for one in document if isinstance(one, Mapping) and name in one.values()), None)
    return document.get(name if position is None else position) if isinstance(document, Mapping) else None
