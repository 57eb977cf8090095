"""Parses HCL into syntax trees with tree-sitter's grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser, Tree

__all__ = ["nesting", "parse_tree", "text_of", "walk"]

_PARSER = Parser(Language(tree_sitter_hcl.language()))
_GRAMMAR_GAPS = (
    # kind of the node that the replacement must become, text, replacement
    ("numeric_lit", re.compile(rb"(?<![\w.])(\d+)(?=[eE][+-]?\d+(?!\w))"), rb"\1.0"),
    ("[*]", re.compile(rb"\[[ \t]+\*[ \t]*\]|\[\*[ \t]+\]"), rb"[*]"),
    (",", re.compile(rb"(?<=[\w-])(?=[ \t]*(?:(?:#|//)[^\n]*)?\r?\n\s*\()"), rb","),
)


def parse_tree(source: bytes) -> Tree:
    """The syntax tree of HCL source code, which may contain errors. Use the text of its nodes, not ``source``."""
    # a heredoc must end with a line break, even at the end of the file
    tree = _PARSER.parse(source + b"\n")
    return _without_grammar_gaps(source, tree) if tree.root_node.has_error else tree


def _without_grammar_gaps(source: bytes, tree: Tree) -> Tree:
    """The tree of ``source`` after replacing valid forms that the grammar rejects: by others that mean the same.

    These are ``1e5``, ``a[ * ]`` and an object element with a computed key on the line after a name, which the grammar
    takes for a function call. In strings and comments such text stays as it is. Lines do not change.
    """
    gaps = sorted(
        (match.start(), match.end(), match.expand(replacement), kind)
        for kind, pattern, replacement in _GRAMMAR_GAPS
        for match in pattern.finditer(source)
    )
    while gaps:
        edited, places = _edited(source, gaps)
        tree = _PARSER.parse(edited + b"\n")
        root = tree.root_node
        real = [gap for gap, (start, end) in zip(gaps, places, strict=True) if _kind(root, start, end) == gap[3]]
        if len(real) == len(gaps):
            break
        gaps = real
    return tree


def _kind(root: Node, start: int, end: int) -> str | None:
    node = root.descendant_for_byte_range(start, end)
    return None if node is None else node.type


def _edited(source: bytes, gaps: list[tuple[int, int, bytes, str]]) -> tuple[bytes, list[tuple[int, int]]]:
    """``source`` with the replacements, and the start and end of each."""
    edited = bytearray()
    places: list[tuple[int, int]] = []
    position = 0
    for start, end, replacement, _ in gaps:
        edited += source[position:start]
        places.append((len(edited), len(edited) + len(replacement)))
        edited += replacement
        position = end
    return bytes(edited + source[position:]), places


def nesting(source: bytes) -> int:
    """The number of brackets inside brackets; those in strings and comments count too."""
    depth = deepest = 0
    for bracket in re.findall(rb"[][{}()]", source):
        depth += 1 if bracket in b"[{(" else -1
        deepest = max(deepest, depth)
    return deepest


def text_of(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode(errors="replace")


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything in it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting += reversed(current.named_children)
