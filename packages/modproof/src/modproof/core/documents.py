"""Reads YAML files with the line of every key, so that an error can name its place, and writes YAML that reads back."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from modproof.core.errors import ConfigurationError, ModproofError
from modproof.core.results import Place, Problem

__all__ = [
    "Day",
    "Document",
    "InvalidDocument",
    "Plain",
    "Strict",
    "dump",
    "problems_of",
    "read",
    "read_text",
    "validate",
]

Pointer = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A pydantic base that rejects unknown keys and implicit conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        for inner in value.values():
            _plain(inner)
    elif isinstance(value, list):
        for inner in value:
            _plain(inner)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a number in Terraform")
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"without quotes, YAML reads {value} as a {type(value).__name__}")
    return value


Plain = Annotated[Any, AfterValidator(_plain)]
"""A value that JSON can represent. YAML also has dates without quotes, binary data and sets."""


def _day(value: Any) -> Any:
    if isinstance(value, date):  # a time, too
        text = value.isoformat()
    elif isinstance(value, str | int):
        text = str(value)
    else:
        return value
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text} is not a date: {error}") from error
    raise ValueError("should be a date such as 2027-11-30, with or without quotes")


Day = Annotated[date, BeforeValidator(_day)]
"""A date, which may be quoted."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: ``data`` as plain Python, and ``lines`` by pointer (keys and list indices from the top)."""

    path: Path
    data: Any
    lines: Mapping[Pointer, int]

    def line(self, *pointer: str | int) -> int:
        """The line (from 1) of ``pointer``, or of the nearest part that contains it."""
        while pointer and pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines.get(pointer, 1)

    def place(self, *pointer: str | int) -> Place:
        """The place of ``pointer``, with the path as it was given."""
        return Place(str(self.path), self.line(*pointer))


class InvalidDocument(ConfigurationError):
    """A file with an invalid structure; ``problems`` has every error with its line."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(
            first.message,
            hint=first.hint,
            path=first.place.path if first.place else None,
            line=first.place.line if first.place else None,
        )
        self.problems = tuple(problems)


def problems_of(error: ModproofError) -> tuple[Problem, ...]:
    """Every problem of ``error``: several for an InvalidDocument, one for others."""
    return error.problems if isinstance(error, InvalidDocument) else (Problem.of(error),)


class _Loader(yaml.SafeLoader):
    """SafeLoader that rejects duplicate keys: YAML would silently use the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a string", key.start_mark)
            if key.value in seen and key.value != "<<":
                text = f"the key '{key.value}' is given twice (first at line {seen[key.value]})"
                raise yaml.constructor.ConstructorError(None, None, text, key.start_mark)
            seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # an impossible date, a number without digits
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
"""A number as in JSON: all versions of YAML read it in the same way, except for an exponent without a point or sign."""
_NUMBER_OF_1_2 = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+")
"""Source: https://yaml.org/spec/1.2.2/#103-core-schema"""
_TRUE_OR_FALSE = re.compile("true|True|TRUE|false|False|FALSE")
_RESOLVER = yaml.resolver.Resolver()
_TAG = "tag:yaml.org,2002:"


def misread(text: str) -> str | None:
    """How YAML reads ``text`` without quotes, if its versions differ or if it changes what was written.

    Examples are ``on`` (true), ``010`` (8), ``13:30`` (810), ``1_27`` (127) and ``1e3`` (a number only in YAML 1.2).
    None for ordinary text, numbers, ``true``, ``false`` and ``null``.
    """
    tag = _implied(text)
    if tag == "str":
        return "a text in YAML 1.1 and a number in YAML 1.2" if _NUMBER_OF_1_2.fullmatch(text) else None
    ordinary = {"bool": _TRUE_OR_FALSE, "int": _NUMBER, "float": _NUMBER}.get(tag)
    if ordinary is None or ordinary.fullmatch(text):
        return None
    try:
        return str(yaml.safe_load(text)).lower()
    except ValueError:  # no digits
        return "a number"


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _string(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    has_breaks = len(f"{text}.".splitlines()) > 1
    return dumper.represent_scalar(f"{_TAG}str", text, style='"' if has_breaks else "'" if misread(text) else None)


_Dumper.add_representer(str, _string)


def dump(value: Any, *, flow: bool | None = False, width: int) -> str:
    """``value`` as YAML that :func:`read` reads back: without aliases, each string with line breaks on one line.

    ``flow`` writes collections in braces and brackets: none of them (False), all (True), or the innermost (None).
    """
    dumped: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=width
    )
    return dumped


def _implied(text: str) -> str:
    """The type that YAML implies for ``text`` without quotes, such as ``str``."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag.removeprefix(_TAG)


def _faults(root: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    """Each key that is not a string, and each value that YAML would change silently, as a message and its node."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                kind = key.tag.removeprefix(_TAG) if isinstance(key, yaml.ScalarNode) else "str"
                if kind not in ("str", "merge"):
                    yield f"the key {key.value or 'without text'} is not a string: YAML reads it as {_KINDS[kind]}", key
            waiting += [value for _, value in reversed(node.value)]
        elif isinstance(node, yaml.ScalarNode) and not node.style and (meaning := _meaning(node)):
            yield f"without quotes, YAML reads {node.value} as {meaning}", node


_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "null": "null", "timestamp": "a date"}


def _meaning(node: yaml.ScalarNode) -> str | None:
    """As :func:`misread`; None for a value with another tag."""
    return misread(node.value) if node.tag == f"{_TAG}{_implied(node.value)}" else None


_MOST_NODES = 1_000_000
"""A limit far above real files: nested aliases can expand a short file without bound."""


class _Lines:
    """The line of every part of a document, with aliases expanded."""

    def __init__(self) -> None:
        self.found: dict[Pointer, int] = {(): 1}
        self._around: list[yaml.Node] = []

    def walk(self, node: yaml.Node, pointer: Pointer = ()) -> None:
        """Record ``node`` and its parts. Raises MarkedYAMLError for a recursive alias or an oversized file."""
        if any(node is outer for outer in self._around):
            raise yaml.constructor.ConstructorError(None, None, "an alias is inside its own anchor", node.start_mark)
        if len(self.found) > _MOST_NODES:
            text = "it is too large with its aliases expanded"
            raise yaml.constructor.ConstructorError(None, None, text, node.start_mark)
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


def read_text(path: Path, shown: Path | str | None = None) -> str:
    """The text of a file in UTF-8, without a byte-order mark. ``shown`` is its path for messages.

    Raises ConfigurationError when it cannot be read, with the line of the first byte that is not UTF-8.
    """
    shown = path if shown is None else shown
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror or error}", path=shown) from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"cannot be read: it is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise ConfigurationError(message, path=shown, line=line, hint="save it as UTF-8") from error


def read(path: Path, shown: Path | str | None = None) -> Document:
    """Read one YAML document. ``shown`` is its path for messages.

    Raises ConfigurationError, with the line if it is known, when the file cannot be read or is not YAML, and
    InvalidDocument when a key is not a string or YAML would change a value silently: see :func:`misread`.
    """
    shown = path if shown is None else Path(shown)
    text = read_text(path, shown)
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = _Lines()
        if node is None:
            return Document(shown, None, lines.found)
        lines.walk(node)
        faults = [
            Problem(message, Place(str(shown), fault.start_mark.line + 1), f"quote it: '{fault.value}'")
            for message, fault in sorted(_faults(node), key=lambda found: found[1].start_mark.index)
        ]
        if faults:
            raise InvalidDocument(faults)
        return Document(shown, loader.construct_document(node), lines.found)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigurationError(
            f"is not valid YAML: {error.problem or error.context}",
            path=shown,
            line=None if mark is None else mark.line + 1,
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"is not valid YAML: the character U+{error.character:04X} is not allowed"
        raise ConfigurationError(message, path=shown, line=line) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"is not valid YAML: {error}", path=shown) from error
    except RecursionError as error:
        raise ConfigurationError("is not valid YAML: it is nested too deeply", path=shown) from error
    finally:
        if loader is not None:
            loader.dispose()


def _known_keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The keys that ``model`` accepts at ``location``, as far as its annotations determine them."""
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
    """The part of ``document`` at ``pointer`` as ``model``, or every error in it with its line."""
    data = document.data
    for part in pointer:
        data = data[part]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors()
        misspelled = {_meant(model, fault) for fault in faults if fault["type"] == "extra_forbidden"}
        missing = {tuple(fault["loc"]) for fault in faults if fault["type"] == "missing"}
        named = missing & misspelled  # the message about the misspelled key has the right one
        return [_problem(document, pointer, model, fault) for fault in faults if tuple(fault["loc"]) not in named]


def _meant(model: type[BaseModel], fault: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The location of the key that an unknown key resembles."""
    location = tuple(fault["loc"])
    close = difflib.get_close_matches(str(location[-1]), _known_keys(model, location[:-1]), 1)
    return (*location[:-1], *close)


_PLAIN = {
    "list_type": "should be a list",
    "model_type": "should have keys and values",
    "string_type": "should be a text; quote it",
}
"""Messages by pydantic's type of an error, where its own one names types of Python."""


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
    message = _PLAIN.get(str(fault["type"])) or str(fault["msg"]).removeprefix("Value error, ")
    found = fault.get("input")
    shown = f" (found {found!r})" if isinstance(found, str | int | float | bool) else ""
    return Problem(f"{path + ': ' if path else ''}{message[:1].lower()}{message[1:]}{shown}", place)
