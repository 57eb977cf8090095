"""YAML files that people write, read with the line of every key, so that an error can name its place."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from modproof.errors import ConfigurationError
from modproof.results import Place, Problem

__all__ = ["Document", "InvalidDocument", "Strict", "read", "validate"]

Pointer = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A pydantic base that refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: ``data`` as plain Python, ``lines`` by pointer (keys and list indices from the top)."""

    path: Path
    data: Any
    lines: Mapping[Pointer, int]

    def line(self, *pointer: str | int) -> int:
        """The line (from 1) of ``pointer``, or of the nearest thing around it."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)

    def place(self, *pointer: str | int) -> Place:
        """Where ``pointer`` stands, with the path as it was given."""
        return Place(str(self.path), self.line(*pointer))


class InvalidDocument(ConfigurationError):
    """A file that does not have the form it should have; ``problems`` holds every fault with its line."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(
            first.message,
            hint=first.hint,
            path=first.place.path if first.place else None,
            line=first.place.line if first.place else None,
        )
        self.problems = tuple(problems)


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key given twice: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice (first at line {seen[key.value]})", key.start_mark
                )
            seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


def _walk(node: yaml.Node, pointer: Pointer, lines: dict[Pointer, int]) -> None:
    lines.setdefault(pointer, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*pointer, key.value)] = key.start_mark.line + 1
            _walk(value, (*pointer, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*pointer, index), lines)


def read(path: Path) -> Document:
    """Read one YAML document.

    Raises ConfigurationError, with the line where there is one, when the file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"cannot be read: {reason}", path=path) from error
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Pointer, int] = {(): 1}
        if node is None:
            return Document(path, None, lines)
        _walk(node, (), lines)
        return Document(path, loader.construct_document(node), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            f"is not valid YAML: {error.problem or error.context}",
            path=path,
            line=None if mark is None else mark.line + 1,
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"is not valid YAML: {error}", path=path) from error
    finally:
        loader.dispose()


def _known_keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The keys that ``model`` takes where ``location`` points, as far as the model's own types tell."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None or not isinstance(part, str) or part not in current.model_fields:
            continue
        annotation = current.model_fields[part].annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
    if current is None:
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def validate(document: Document, pointer: Pointer, model: type[M]) -> M | list[Problem]:
    """The part of ``document`` at ``pointer`` as ``model``, or every fault in it with its line."""
    data = document.data
    for part in pointer:
        data = data[part]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        return [_problem(document, pointer, model, fault) for fault in error.errors()]


def _problem(document: Document, pointer: Pointer, model: type[BaseModel], fault: Mapping[str, Any]) -> Problem:
    location = tuple(fault["loc"])
    path = ".".join(str(part) for part in location)
    place = document.place(*pointer, *location)
    if fault["type"] == "extra_forbidden":
        known = _known_keys(model, location[:-1])
        close = difflib.get_close_matches(str(location[-1]), known, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(known)}" if known else None
        return Problem(f"unknown key '{path}'", place, hint)
    if fault["type"] == "missing":
        return Problem(f"the key '{path}' is missing", document.place(*pointer, *location[:-1]))
    message = str(fault["msg"]).removeprefix("Value error, ")
    found = fault.get("input")
    shown = f" (found {found!r})" if isinstance(found, str | int | float | bool) else ""
    return Problem(f"{path + ': ' if path else ''}{message[:1].lower()}{message[1:]}{shown}", place)
