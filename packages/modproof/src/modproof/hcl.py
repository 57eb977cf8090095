"""Terraform files as blocks with lines: enough of HCL to see which blocks stand where, not what expressions mean.

Two HCL parsers from PyPI own the same import name, ``hcl2``, and checkov needs one of them; so this small reader.
Grammar: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["Attribute", "Block", "UnreadableHcl", "parse", "read_folder", "terraform_files", "terraform_state"]


class UnreadableHcl(ValueError):
    """A text that is not HCL as far as this reader knows it; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = text``, the expression as it is written, without comments at its end."""

    name: str
    text: str
    line: int


@dataclass(slots=True)
class Block:
    """``kind "label" … { … }``; the file itself is a block of kind ``""``. ``end`` is the closing brace's line."""

    kind: str
    labels: tuple[str, ...]
    line: int
    end: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all(self, kind: str) -> Iterator[Block]:
        """The blocks of ``kind`` directly inside, ``dynamic`` ones among them."""
        for block in self.blocks:
            if block.kind == kind or (block.kind == "dynamic" and block.labels == (kind,)):
                yield block


_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SAME_LINE = re.compile(r"(?:[ \t\r]+|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w-]*")
_HEREDOC = re.compile(r"<<-?[ \t]*([^\W\d][\w-]*)[ \t]*\r?\n")
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_OPENING = {"(": ")", "[": "]", "{": "}"}


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def line(self, at: int | None = None) -> int:
        return self.text.count("\n", 0, self.at if at is None else at) + 1

    def fail(self, message: str) -> UnreadableHcl:
        return UnreadableHcl(message, self.line())

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None  # both patterns match nothing at all
        self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise self.fail(f"a name is expected before {self.peek()!r}")
        self.at = match.end()
        return match[0]

    def body(self, block: Block, *, nested: bool) -> None:
        """Fill ``block`` up to its closing brace, or to the end of the file."""
        while True:
            self.skip(_SPACE)
            if not self.peek():
                if nested:
                    raise UnreadableHcl(f"the block {block.kind} is not closed", block.line)
                return
            if nested and self.peek() == "}":
                self.at += 1
                return
            self.item(block)

    def item(self, block: Block) -> None:
        line = self.line()
        name = self.name()
        self.skip(_SAME_LINE)
        if self.peek() == "=" and self.text[self.at + 1 : self.at + 2] != "=":
            self.at += 1
            block.attributes.append(Attribute(name, self.expression(), line))
            return
        labels: list[str] = []
        while self.peek() not in ("{", ""):
            labels.append(self.string() if self.peek() == '"' else self.name())
            self.skip(_SAME_LINE)
        if not self.peek():
            raise self.fail(f"the block {name} has no body")
        self.at += 1
        inner = Block(name, tuple(labels), line)
        self.body(inner, nested=True)
        inner.end = self.line()
        block.blocks.append(inner)

    def string(self) -> str:
        """A quoted string, templates in it included; returns what stands between the quotes."""
        start = self.at
        self.at += 1
        while True:
            char = self.peek()
            if char in ("", "\n"):
                self.at = start
                raise self.fail("a string is not closed")
            if char == "\\":
                self.at += 2
            elif char == '"':
                self.at += 1
                return self.text[start + 1 : self.at - 1]
            else:
                self.template_part()

    def template_part(self) -> None:
        """One character of a template, or a whole ``${…}`` or ``%{…}``, which may hold strings of its own."""
        three = self.text[self.at : self.at + 3]
        if three in ("$${", "%%{"):
            self.at += 3
        elif three[:2] in ("${", "%{"):
            self.at += 1
            self.bracketed()
        else:
            self.at += 1

    def heredoc(self, match: re.Match[str]) -> None:
        end = re.compile(rf"^[ \t]*{re.escape(match[1])}[ \t]*\r?$", re.MULTILINE).search(self.text, match.end())
        if end is None:
            raise self.fail(f"the text <<{match[1]} is not closed")
        self.at = end.end()

    def bracketed(self) -> None:
        """From an opening bracket past the one that closes it."""
        start, opening = self.at, self.peek()
        self.at += 1
        while self.peek() != _OPENING[opening]:
            if not self.peek() or self.peek() in ")]}":
                self.at = start
                raise self.fail(f"a {opening} is not closed")
            self.piece()
        self.at += 1

    def piece(self) -> None:
        """Move past one piece of an expression: a string, a text, a comment, a bracketed part or a character."""
        heredoc = _HEREDOC.match(self.text, self.at)
        comment = _COMMENT.match(self.text, self.at)
        if heredoc:
            self.heredoc(heredoc)
        elif comment:
            self.at = comment.end()
        elif self.peek() == '"':
            self.string()
        elif self.peek() in _OPENING:
            self.bracketed()
        else:
            self.at += 1

    def expression(self) -> str:
        """An attribute's expression: up to the end of the line, or to the brace that closes a one-line block."""
        start = end = self.at
        while self.peek() not in ("", "\n", "}"):
            comment = _COMMENT.match(self.text, self.at)
            self.piece()
            if comment is None:
                end = self.at
        return self.text[start:end].strip()


def parse(text: str) -> Block:
    """The blocks of a ``.tf`` file. Raises UnreadableHcl where the text is not HCL."""
    top = Block("", (), 1)
    _Reader(text).body(top, nested=False)
    return top


_REPEATED = {"terraform": 0, "provider": 1, "variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2}


def _parse_json(text: str) -> Block:
    """The blocks of a ``.tf.json`` file. JSON has no lines: each block is placed where its name is first written.

    Source: https://developer.hashicorp.com/terraform/language/syntax/json
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableHcl(f"not JSON: {error}", getattr(error, "lineno", 1)) from error
    top = Block("", (), 1)
    lines = text.splitlines()

    def line_of(name: str, after: int) -> int:
        rest = enumerate(lines[after - 1 :], after)
        return next((number for number, content in rest if f'"{name}"' in content), after)

    def descend(into: Block, kind: str, value: Any, labels: tuple[str, ...], wanted: int, line: int) -> None:
        if isinstance(value, list):
            for element in value:
                descend(into, kind, element, labels, wanted, line)
        elif wanted and isinstance(value, dict):
            for label, inner in value.items():
                descend(into, kind, inner, (*labels, label), wanted - 1, line_of(label, line))
        elif isinstance(value, dict):
            block = Block(kind, labels, line, line)
            into.blocks.append(block)
            for name, inner in value.items():
                at = line_of(name, line)
                block.attributes.append(Attribute(name, json.dumps(inner), at))
                # a mapping may be a block or a value, only the provider's schema knows; here it is both
                labelled = kind == "terraform" and name == "backend"
                descend(block, name, inner, (), 1 if labelled else 0, at)

    for kind, value in data.items() if isinstance(data, dict) else ():
        descend(top, kind, value, (), _REPEATED.get(kind, 0), line_of(kind, 1))
    return top


def terraform_files(folder: Path) -> list[Path]:
    """What Terraform or OpenTofu reads in ``folder``, sorted: no folders, and nothing hidden, as editors' locks are.

    Source: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/configs/parser_config_dir.go
    """
    found = [path for ending in ("tf", "tofu") for kind in ("", ".json") for path in folder.glob(f"*.{ending}{kind}")]
    return sorted(path for path in found if not (path.name.startswith(".") or path.is_dir()))


def terraform_state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when one of the :func:`terraform_files` does: their names, times and sizes; empty without the folder."""
    return tuple(
        (path.name, status.st_mtime_ns, status.st_size)
        for path in terraform_files(folder)
        # a link to nowhere has no state; Terraform says what is wrong with it
        if path.exists() and (status := path.stat())
    )


def read_folder(folder: Path) -> Iterator[tuple[Path, Block | UnreadableHcl, str]]:
    """Each Terraform file directly in ``folder``, sorted, with its blocks, or why it has none, and its text.

    A file that cannot be read has no text.
    """
    for path in terraform_files(folder):
        try:
            text = _text(path)
        except OSError as error:
            yield path, UnreadableHcl(f"it cannot be read: {error.strerror}", 1), ""
        else:
            yield path, _blocks_of(text, json_syntax=path.name.endswith(".json")), text


def _text(path: Path) -> str:
    # a pipe or device would be waited for
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path.read_text(encoding="utf-8", errors="replace")


# one run asks many questions of the same files; nobody changes what is found
@lru_cache(maxsize=1024)
def _blocks_of(text: str, *, json_syntax: bool) -> Block | UnreadableHcl:
    try:
        return _parse_json(text) if json_syntax else parse(text)
    except UnreadableHcl as error:
        return error
    except RecursionError:
        return UnreadableHcl("brackets are nested too deeply", 1)
