"""Parses native HCL syntax into blocks and attributes with their lines.

What an expression means is up to :mod:`modproof.hcl.expressions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from modproof.hcl.strings import unquoted
from modproof.hcl.syntax_errors import syntax_error
from modproof.hcl.tree import nesting, parse_tree, text_of

__all__ = ["Attribute", "Block", "UnreadableHcl", "parse"]

_SHOWN_CHARACTERS = 40
_MAX_NESTING = 2_000
"""Brackets inside brackets. Each level costs Python several stack frames."""


class UnreadableHcl(ValueError):
    """Text that is not valid HCL. ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Attribute:
    """``name = text``: the expression as written, without trailing comments. ``line`` counts from 1.

    ``origin`` is the override file with the attribute; None if the file is that of the block around it.
    """

    name: str
    text: str
    line: int
    origin: Path | None = None

    @property
    def literal(self) -> str | None:
        """The value of a string literal; None for any other expression."""
        return unquoted(self.text)


@dataclass(slots=True)
class Block:
    """``kind "label" … { … }`` from ``line`` to ``end``. A whole file is a block of kind ``""``.

    ``origin`` is the override file with the block; None if the file is that of the block around it.
    """

    kind: str
    labels: tuple[str, ...]
    line: int
    end: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    origin: Path | None = None

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


def parse(text: str) -> Block:
    """The blocks of a ``.tf`` or ``.hcl`` file. Raises UnreadableHcl when the text is not valid HCL."""
    source = text.removeprefix("\ufeff").encode()
    if nesting(source) > _MAX_NESTING:
        raise UnreadableHcl("brackets are nested too deeply", 1)
    root = parse_tree(source).root_node
    if root.has_error:
        raise UnreadableHcl(*syntax_error(root))
    top = Block("", (), 1)
    for body in root.named_children:
        if body.type == "body":
            _fill(top, body)
    return top


def _fill(into: Block, body: Node) -> None:
    """Add the attributes and blocks of ``body``. The grammar takes line breaks for blanks, Terraform does not."""
    last_row = -1
    for node in body.named_children:
        if node.type == "attribute":
            name, expression = (child for child in node.named_children if child.type in ("identifier", "expression"))
            row = node.start_point.row
            if row == last_row or row != expression.start_point.row:
                raise _misplaced(node)
            into.attributes.append(Attribute(text_of(name), text_of(expression).strip(), row + 1))
        elif node.type == "block":
            if node.start_point.row == last_row:
                raise _misplaced(node)
            into.blocks.append(_block(node))
        else:
            continue
        last_row = node.end_point.row


def _misplaced(node: Node) -> UnreadableHcl:
    near = text_of(node).partition("\n")[0][:_SHOWN_CHARACTERS]
    return UnreadableHcl(f"a line break is missing or misplaced near {near!r}", node.start_point.row + 1)


def _block(node: Node) -> Block:
    header = [child for child in node.named_children if child.type in ("identifier", "string_lit", "block_start")]
    row = node.start_point.row
    if header[-1].start_point.row != row:
        raise _misplaced(node)
    kind, *labels = map(text_of, header[:-1])
    named = tuple(label if (text := unquoted(label)) is None else text for label in labels)
    block = Block(kind, named, row + 1, node.end_point.row + 1)
    for child in node.named_children:
        if child.type == "body":
            _fill(block, child)
    return block
