"""Reads Terraform files into blocks and attributes with their lines.

Native syntax is parsed by tree-sitter's HCL grammar. What an expression means is up to :mod:`modproof.hcl.expressions`.
"""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser, Tree

__all__ = [
    "Attribute",
    "Block",
    "TerraformFile",
    "UnreadableHcl",
    "folder_state",
    "module_blocks",
    "parse",
    "parse_tree",
    "read_folder",
    "terraform_files",
    "unquoted",
]

_PARSER = Parser(Language(tree_sitter_hcl.language()))
_EXPONENT = re.compile(rb"(?<![\w.])\d+[eE][+-]?\d+(?!\w)")
_SPACED_SPLAT = re.compile(rb"\[[ \t]+\*[ \t]*\]|\[\*[ \t]+\]")
_SHOWN_CHARACTERS = 40
_DEEPEST = 2_000
"""Brackets inside brackets. Terraform itself gives up far earlier."""

FolderState = tuple[tuple[str, int, int], ...]


class UnreadableHcl(ValueError):
    """Text that is not valid HCL. ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def unquoted(text: str) -> str | None:
    """The string that a quoted literal denotes; None if ``text`` is not a quoted literal or has interpolations."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return None
    bare = text.replace("$${", "").replace("%%{", "")
    if "${" in bare or "%{" in bare:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return str(value).replace("$${", "${").replace("%%{", "%{")


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = text``: the expression as written, without trailing comments. ``line`` counts from 1."""

    name: str
    text: str
    line: int

    @property
    def literal(self) -> str | None:
        """The value of a string literal; None for any other expression."""
        return unquoted(self.text)


@dataclass(slots=True)
class Block:
    """``kind "label" … { … }`` from ``line`` to ``end``. A whole file is a block of kind ``""``."""

    kind: str
    labels: tuple[str, ...]
    line: int
    end: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all(self, kind: str) -> Iterator[Block]:
        """The blocks of ``kind`` directly inside, including ``dynamic`` blocks that generate them."""
        for block in self.blocks:
            if block.kind == kind or (block.kind == "dynamic" and block.labels == (kind,)):
                yield block

    def attribute(self, name: str) -> Attribute | None:
        """The attribute called ``name``, if there is one."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def text(self, name: str) -> str:
        """The expression of the attribute ``name``; empty without it."""
        attribute = self.attribute(name)
        return "" if attribute is None else attribute.text

    def literal(self, name: str) -> str | None:
        """The string literal of the attribute ``name``; None without it, or for any other expression."""
        attribute = self.attribute(name)
        return None if attribute is None else attribute.literal

    @property
    def address(self) -> str:
        """How expressions refer to what the block declares: ``aws_x.this``, ``data.aws_x.this``, ``var.name``."""
        if self.kind == "resource":
            return ".".join(self.labels)
        return ".".join(({"variable": "var"}.get(self.kind, self.kind), *self.labels))


@dataclass(frozen=True)
class TerraformFile:
    """A file in a module folder. ``top`` holds its blocks, or is None where ``error`` says why it is unreadable."""

    path: Path
    text: str
    top: Block | None
    error: UnreadableHcl | None = None

    @cached_property
    def blocks(self) -> list[Block]:
        """The top-level blocks; none in an unreadable file."""
        return [] if self.top is None else self.top.blocks


def parse_tree(source: bytes) -> Tree:
    """The syntax tree of HCL source code, which may contain errors."""
    return _PARSER.parse(source)


def parse(text: str) -> Block:
    """The blocks of a ``.tf`` or ``.hcl`` file. Raises UnreadableHcl when the text is not valid HCL."""
    source = text.encode()
    if _nested_too_deeply(source):
        raise UnreadableHcl("brackets are nested too deeply", 1)
    # a heredoc must end with a line break, even at the end of the file
    root = parse_tree(source + b"\n").root_node
    if root.has_error:
        root = parse_tree(_without_grammar_gaps(source) + b"\n").root_node
    if root.has_error:
        raise _error(root, source)
    top = Block("", (), 1)
    for body in root.named_children:
        if body.type == "body":
            _fill(top, body, source)
    return top


def _without_grammar_gaps(source: bytes) -> bytes:
    """``source`` with two valid forms that the grammar rejects replaced by others of the same length."""
    source = _EXPONENT.sub(lambda match: b"1" * len(match[0]), source)
    return _SPACED_SPLAT.sub(lambda match: b"[*]".ljust(len(match[0])), source)


def _nested_too_deeply(source: bytes) -> bool:
    depth = deepest = 0
    for byte in re.findall(rb"[][{}()]", source):
        depth += 1 if byte in b"[{(" else -1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _error(root: Node, source: bytes) -> UnreadableHcl:
    """The first error in the tree, by its innermost node."""
    node = root
    while child := next((each for each in node.children if each.has_error or each.is_missing), None):
        node = child
    if node.is_missing:
        return UnreadableHcl(f"{node.type!r} is missing", node.start_point.row + 1)
    near = source[node.start_byte :].decode(errors="replace").strip().partition("\n")[0][:_SHOWN_CHARACTERS]
    return UnreadableHcl(f"invalid syntax near {near!r}", node.start_point.row + 1)


def _fill(into: Block, body: Node, source: bytes) -> None:
    for node in body.named_children:
        if node.type == "attribute":
            name, expression = (child for child in node.named_children if child.type in ("identifier", "expression"))
            text = source[expression.start_byte : expression.end_byte].decode(errors="replace").strip()
            into.attributes.append(Attribute((name.text or b"").decode(), text, node.start_point.row + 1))
        elif node.type == "block":
            into.blocks.append(_block(node, source))


def _block(node: Node, source: bytes) -> Block:
    kind, *labels = (
        source[child.start_byte : child.end_byte].decode(errors="replace")
        for child in node.named_children
        if child.type in ("identifier", "string_lit")
    )
    block = Block(kind, tuple(label.strip('"') for label in labels), node.start_point.row + 1, node.end_point.row + 1)
    for child in node.named_children:
        if child.type == "body":
            _fill(block, child, source)
    return block


_LABELS = {"terraform": 0, "provider": 1, "variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2}
"""How many labels a block of Terraform's JSON syntax has."""


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
                # only the provider's schema says whether a mapping is a block or a value, so that it counts as both
                labelled = kind == "terraform" and name == "backend"
                descend(block, name, inner, (), 1 if labelled else 0, at)

    for kind, value in data.items() if isinstance(data, dict) else ():
        descend(top, kind, value, (), _LABELS.get(kind, 0), line_of(kind, 1))
    return top


def terraform_files(folder: Path) -> list[Path]:
    """The files that Terraform or OpenTofu reads in ``folder``, sorted: no folders and no hidden files.

    Source: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/configs/parser_config_dir.go
    """
    found = [path for ending in ("tf", "tofu") for kind in ("", ".json") for path in folder.glob(f"*.{ending}{kind}")]
    return sorted(path for path in found if not (path.name.startswith(".") or path.is_dir()))


def folder_state(folder: Path) -> FolderState:
    """Names, modification times (ns) and sizes (bytes) of the :func:`terraform_files`, as a key for caches."""
    return tuple(_state(path) for path in terraform_files(folder))


def _state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return path.name, 0, 0  # a broken link
    return path.name, status.st_mtime_ns, status.st_size


def read_folder(folder: Path) -> tuple[TerraformFile, ...]:
    """The Terraform files directly in ``folder``, sorted. Callers must not change the blocks: they are shared."""
    return _read_folder(folder, folder_state(folder))


@lru_cache(maxsize=1024)
def _read_folder(folder: Path, _state: FolderState) -> tuple[TerraformFile, ...]:
    return tuple(_read(path) for path in terraform_files(folder))


def module_blocks(folder: Path, kind: str) -> Iterator[Block]:
    """The top-level blocks of a kind in ``folder``; unreadable files have none."""
    for file in read_folder(folder):
        if file.top is not None:
            yield from file.top.all(kind)


def _read(path: Path) -> TerraformFile:
    try:
        text = _text(path)
    except OSError as error:
        return TerraformFile(path, "", None, UnreadableHcl(f"it cannot be read: {error.strerror}", 1))
    try:
        return TerraformFile(path, text, _parse_json(text) if path.name.endswith(".json") else parse(text))
    except UnreadableHcl as error:
        return TerraformFile(path, text, None, error)
    except RecursionError:
        return TerraformFile(path, text, None, UnreadableHcl("brackets are nested too deeply", 1))


def _text(path: Path) -> str:
    # opening a pipe or a device would block
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return path.read_text(encoding="utf-8", errors="replace")
