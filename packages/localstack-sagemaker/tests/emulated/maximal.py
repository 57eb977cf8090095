"""Builds requests that have one more member, for each member of an input shape."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from .minimal import text_for

__all__ = ["Path", "at", "exists", "paths", "with_value"]

Path = tuple[str | int, ...]
"""Member names and list positions"""


def paths(shape: Shape | None, entered: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the path of each value that a request can have; a recursive shape is entered once."""
    if isinstance(shape, StructureShape) and shape.members and not shape.is_document_type:
        if shape.name not in entered:
            for name, member in shape.members.items():
                yield from ((name, *rest) for rest in paths(member, (*entered, shape.name)))
    elif isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        yield from ((0, *rest) for rest in paths(shape.member, entered))
    else:
        yield ()


def exists(shape: Shape | None, path: Path) -> bool:
    """Whether a shape has a path."""
    for step in path:
        if isinstance(shape, ListShape) and isinstance(step, int):
            shape = shape.member
        elif isinstance(shape, StructureShape) and step in shape.members:
            shape = shape.members[str(step)]
        else:
            return False
    return True


def at(document: Any, path: Path) -> Any:
    """Return the value at a path, or None."""
    for step in path:
        try:
            document = document[step]
        except (LookupError, TypeError):
            return None
    return document


def with_value(shape: Shape, request: Any, path: Path, name: str = "request") -> Any:
    """Return the request with a value at a path, if it has none, and what that requires."""
    if not path:
        return _filled(shape, name) if request is None else request
    step, rest = path[0], path[1:]
    if isinstance(shape, ListShape):
        items = copy.deepcopy(request) or [None]
        items[0] = with_value(shape.member, items[0], rest, f"{name}[]")
        return items
    assert isinstance(shape, StructureShape)
    members = {**_filled(shape, name), **(request or {})}
    members[str(step)] = with_value(shape.members[str(step)], members.get(str(step)), rest, f"{name}.{step}")
    return members


def _filled(shape: Shape, path: str) -> Any:
    """Return a value that is no default. Lists and maps have two elements in reverse order, if they may."""
    if isinstance(shape, ListShape):
        return _several(shape.member, path)[: int(shape.metadata.get("max", 2))]
    if isinstance(shape, MapShape):
        return {key: _filled(shape.value, f"{path}.value") for key in _several(shape.key, f"{path}.key")}
    if isinstance(shape, StructureShape):
        return {name: _filled(shape.members[name], f"{path}.{name}") for name in shape.required_members}
    if shape.type_name == "boolean":
        return True
    if shape.type_name in ("integer", "long", "float", "double"):
        return min(shape.metadata.get("min", 0) + 2, shape.metadata.get("max", 2**31))
    if shape.type_name == "timestamp":
        return 1_767_225_600
    enum = shape.metadata.get("enum")
    return str(enum[-1]) if enum else text_for(shape, path)


def _several(shape: Shape, path: str) -> list[Any]:
    """Return two values in reverse order, or one if only one is known."""
    if shape.metadata.get("enum"):
        return sorted(shape.metadata["enum"], reverse=True)[:2]
    if shape.type_name == "string":
        return sorted({text_for(shape, path, suffix) for suffix in ("", "2")}, reverse=True)
    return [_filled(shape, path)]
