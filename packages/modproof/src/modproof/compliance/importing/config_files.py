"""Reads a hand-written configuration file of a scanner: values with their lines and the comments next to them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from modproof.core.documents import read_text
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Place

__all__ = ["ConfigFile", "Value", "config_files", "split_date"]

_NOT_SEARCHED = frozenset({"node_modules"})
_COMMENT = re.compile(r"(?:^|\s)#+\s*(?P<text>.*\S)")


@dataclass(frozen=True, slots=True)
class Value:
    """A text in a file, its line, and the comment that explains it."""

    text: str
    line: int
    comment: str = ""


class ConfigFile:
    """A file in YAML or JSON. ``path`` and ``folder``, for which the scanner reads it, are relative to the project."""

    def __init__(self, project: Project, path: Path, folder: Path) -> None:
        self.path = project.relative(path)
        self.folder = project.relative(folder)
        self.text = read_text(path, self.path)
        self.lines = self.text.splitlines()

    def place(self, line: int) -> Place:
        return Place(self.path, line)

    @cached_property
    def _root(self) -> yaml.Node | None:
        # YAML does not allow tabs between values, JSON does; in texts, neither has any
        text = self.text.replace("\t", " ") if self.path.endswith(".json") else self.text
        try:
            node = yaml.compose(text, yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = None if mark is None else mark.line + 1
            name = "JSON" if self.path.endswith(".json") else "YAML"
            raise ConfigurationError(f"is not valid {name}", path=self.path, line=line) from error
        if node is not None and not isinstance(node, yaml.MappingNode):
            raise ConfigurationError("has no keys, so the scanner cannot read it", path=self.path, line=1)
        return node

    def keys(self) -> list[Value]:
        """The keys at the top."""
        return [Value(name, line) for name, line, _ in _pairs(self._root)]

    def values(self, key: str) -> list[Value]:
        """The texts of a list at the top, or of a text with commas."""
        return list(self._texts(self._child(key)))

    def pairs(self, key: str) -> list[tuple[Value, str]]:
        """The keys and texts of a mapping at the top."""
        return [
            (Value(name, line), str(node.value))
            for name, line, node in _pairs(self._child(key))
            if isinstance(node, yaml.ScalarNode)
        ]

    def items(self, key: str) -> list[dict[str, list[Value]]]:
        """The mappings of a list at the top; the values of each key as texts."""
        node = self._child(key)
        found = node.value if isinstance(node, yaml.SequenceNode) else []
        return [{name: list(self._texts(value, "\n")) for name, _, value in _pairs(item)} for item in found]

    def comment_at(self, line: int) -> str:
        """The comment at the end of a line (from 1), or alone on the line before."""
        written = self.lines[line - 1]
        at_end = _COMMENT.search(written)
        if at_end and not written.lstrip().startswith("#"):
            return at_end["text"]
        before = self.lines[line - 2].strip() if line > 1 else ""
        above = _COMMENT.match(before)
        return above["text"] if above else ""

    def _child(self, key: str) -> yaml.Node | None:
        return next((node for name, _, node in _pairs(self._root) if name == key), None)

    def _texts(self, node: yaml.Node | None, separator: str = ",") -> Iterator[Value]:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from self._texts(item, separator)
        elif isinstance(node, yaml.ScalarNode):
            line = node.start_mark.line + 1
            for text in str(node.value).split(separator):
                if text.strip():
                    yield Value(text.strip(), line, self.comment_at(line))


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, int, yaml.Node]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield str(key.value), key.start_mark.line + 1, value


def config_files(project: Project, *names: str) -> list[ConfigFile]:
    """The files of these names in the project, for the folders they are in. A name may have one folder."""
    found: list[ConfigFile] = []
    for parent, folders, _ in os.walk(project.root):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in _NOT_SEARCHED)
        paths = (Path(parent) / name for name in names)
        found += [ConfigFile(project, path, Path(parent)) for path in paths if path.is_file()]
    return found


def split_date(text: str) -> tuple[str, str]:
    """``id:2027-01-31`` as the id and the date; the date is empty if there is none."""
    match = re.fullmatch(r"(?P<id>.*?):(?P<date>\d{4}-\d{2}-\d{2})", text)
    return (match["id"], match["date"]) if match else (text, "")
