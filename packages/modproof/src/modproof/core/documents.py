"""YAML files that people write, read with the line of every key, so that an error can name its place."""

from __future__ import annotations

import difflib
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from modproof.core.errors import ConfigurationError
from modproof.core.results import Place, Problem

__all__ = ["Document", "InvalidDocument", "Plain", "Strict", "read", "validate"]

Pointer = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A pydantic base that refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        for inner in value.values():
            _plain(inner)
    elif isinstance(value, list):
        for inner in value:
            _plain(inner)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number that Terraform knows")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"without quotes YAML takes {value} for a {type(value).__name__}")
    return value


Plain = Annotated[Any, AfterValidator(_plain)]
"""What JSON can hold too. YAML knows more: a date without quotes, binary data, sets."""


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
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is one word or text", key.start_mark)
            if key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' stands twice (first at line {seen[key.value]})", key.start_mark
                )
            seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # a date that is none, a number without digits
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


_MOST_NODES = 1_000_000
"""More than people write: aliases of aliases make a short file as large as one likes."""


class _Lines:
    """The line of everything in a document, aliases followed."""

    def __init__(self) -> None:
        self.found: dict[Pointer, int] = {(): 1}
        self._around: list[yaml.Node] = []

    def walk(self, node: yaml.Node, pointer: Pointer = ()) -> None:
        """Raises MarkedYAMLError for what has no end, or none in sight."""
        if any(node is outer for outer in self._around):
            raise yaml.constructor.ConstructorError(None, None, "an alias stands within what it names", node.start_mark)
        if len(self.found) > _MOST_NODES:
            raise yaml.constructor.ConstructorError(None, None, "its aliases make it too large", node.start_mark)
        self.found.setdefault(pointer, node.start_mark.line + 1)
        self._around.append(node)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                self.found[(*pointer, name)] = key.start_mark.line + 1
                self.walk(value, (*pointer, name))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.walk(value, (*pointer, index))
        self._around.pop()


def read(path: Path, shown: Path | str | None = None) -> Document:
    """Read one YAML document. ``shown`` is its path as people see it.

    Raises ConfigurationError, with the line where there is one, when the file cannot be read or is not YAML.
    """
    shown = path if shown is None else Path(shown)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"cannot be read: {reason}", path=shown) from error
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = _Lines()
        if node is None:
            return Document(shown, None, lines.found)
        lines.walk(node)
        return Document(shown, loader.construct_document(node), lines.found)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            f"is not valid YAML: {error.problem or error.context}",
            path=shown,
            line=None if mark is None else mark.line + 1,
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"is not valid YAML: {error}", path=shown) from error
    except RecursionError as error:
        raise ConfigurationError("is not valid YAML: it is nested too deeply", path=shown) from error
    finally:
        if loader is not None:
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
