"""Reads and writes JSON by the shapes of a service model, without locations such as headers.

Each shape is compiled on first use: walking the model at every request costs more than everything else together.
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

import base64
import datetime
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.utils import parse_timestamp

from . import errors

__all__ = ["JsonValues", "values_of"]

Convert = Callable[[Any], Any]


class JsonValues:
    """The compiled shapes of one service model."""

    def __init__(self) -> None:
        self._read = _Conversions(_SCALAR_READERS, _read_members)
        self._write = _Conversions(_SCALAR_WRITERS, _written_members)

    def read(self, shape: Shape, value: Any) -> Any:
        """The value of a shape in a JSON document that is not used elsewhere. Unknown members and nulls are dropped.

        A value of another JSON type is returned as it is: validation refuses it. Raises SerializationException for a
        timestamp or blob that cannot be read.
        """
        return self._read.of(shape)(value)

    def write(self, shape: Shape, value: Any) -> Any:
        """`value` for a JSON document, with the shape's members only."""
        return self._write.of(shape)(value)


@cache
def values_of(model: ServiceModel) -> JsonValues:
    """The compiled shapes of a service model."""
    return JsonValues()


Members = dict[str, tuple[str, Shape]]
"""name of a member in what is converted → its name in the result, and its shape"""


class _Conversions:
    """The conversions in one direction."""

    def __init__(self, scalars: dict[str, Convert], members: Callable[[StructureShape], Members]) -> None:
        self._scalars, self._members = scalars, members
        self._ready: dict[str, Convert] = {}
        self._compiled: dict[str, Convert] = {}
        self._compiling = threading.Lock()

    def of(self, shape: Shape) -> Convert:
        """The conversion of a shape."""
        found = self._ready.get(shape.name)
        if found is None:
            # other threads must not use the entry of a shape that is being compiled
            with self._compiling:
                found = self._ready[shape.name] = self._of(shape) or (lambda value: value)
        return found

    def _of(self, shape: Shape) -> Convert | None:
        """The conversion of a shape; None if its values need none."""
        if not isinstance(shape, (StructureShape, ListShape, MapShape)):
            return self._scalars.get(shape.type_name)
        if getattr(shape, "is_document_type", False):
            return None
        found = self._compiled.get(shape.name)
        if found is None:
            # a recursive shape uses this entry until it is compiled
            self._compiled[shape.name] = lambda value: self._compiled[shape.name](value)
            found = self._compiled[shape.name] = self._compile(shape)
        return found

    def _compile(self, shape: Shape) -> Convert:
        if isinstance(shape, StructureShape):
            members = self._members(shape)
            return _structure({name: (other, self._of(inner)) for name, (other, inner) in members.items()})
        return _list(self._of(shape.member)) if isinstance(shape, ListShape) else _map(self._of(shape.value))


def _read_members(shape: StructureShape) -> Members:
    return {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}


def _written_members(shape: StructureShape) -> Members:
    return {name: (member.serialization.get("name", name), member) for name, member in shape.members.items()}


def _list(convert: Convert | None) -> Convert:
    def items(value: Any) -> Any:
        if convert is None or not isinstance(value, list | tuple):
            return value
        return [convert(inner) for inner in value]

    return items


def _map(convert: Convert | None) -> Convert:
    def items(value: Any) -> Any:
        if convert is None or not isinstance(value, dict):
            return value
        return {key: convert(inner) for key, inner in value.items()}

    return items


def _structure(members: dict[str, tuple[str, Convert | None]]) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        found = {}
        for name, inner in value.items():
            member = members.get(name)
            if member is not None and inner is not None:
                found[member[0]] = inner if member[1] is None else member[1](inner)
        return found

    return convert


def _read_timestamp(value: Any) -> Any:
    if not isinstance(value, int | float | str):
        return value
    try:
        return parse_timestamp(value)
    except (ValueError, OverflowError, RuntimeError) as error:  # RuntimeError for a year that no time zone has
        raise errors.serialization(f"{value!r} is not a timestamp") from error


def _read_blob(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise errors.serialization("a blob is not base64") from error


def _write_timestamp(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def _write_blob(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


_SCALAR_READERS: dict[str, Convert] = {"timestamp": _read_timestamp, "blob": _read_blob}
_SCALAR_WRITERS: dict[str, Convert] = {"timestamp": _write_timestamp, "blob": _write_blob}
