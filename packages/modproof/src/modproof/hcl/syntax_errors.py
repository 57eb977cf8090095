"""Explains why a syntax tree has errors: by what is not closed, else by the first place that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from modproof.hcl.tree import text_of

__all__ = ["syntax_error"]

_SHOWN_CHARACTERS = 40
_CLOSED_BY = {
    "{": "}",
    "[": "]",
    "(": ")",
    "quoted_template_start": "quoted_template_end",
    "template_interpolation_start": "template_interpolation_end",
    "template_directive_start": "template_directive_end",
    "heredoc_identifier": "heredoc_identifier",
}
_CLOSING = frozenset(_CLOSED_BY.values())


@dataclass(slots=True)
class _Open:
    """An opening token without its closing one so far. ``row`` is the last row that is known to belong to it."""

    token: Node
    row: int


def syntax_error(root: Node) -> tuple[str, int]:
    """What is wrong in a tree that has errors, and the line, counted from 1.

    What is not closed is reported on the line where it opens.
    """
    open_tokens: list[_Open] = []
    previous: Node | None = None
    for token in _tokens(root):
        kind = token.type
        if open_tokens and _leaves_string(open_tokens[-1], token):
            break
        if kind == "heredoc_identifier" and not _belongs_to_heredoc(previous, open_tokens):
            # the parser gave up here, so that the tokens after it mean nothing
            return _wrong_after(root, 0 if previous is None else previous.end_byte)
        previous = token
        if open_tokens and kind == _CLOSED_BY[open_tokens[-1].token.type]:
            open_tokens.pop()
            if open_tokens:
                open_tokens[-1].row = token.end_point.row
        elif kind in _CLOSED_BY:
            open_tokens.append(_Open(token, token.start_point.row))
        elif kind in _CLOSING:
            if not open_tokens:
                return f"nothing is open before {_shown(token)!r}", token.start_point.row + 1
            break
    if open_tokens:
        token = open_tokens[-1].token
        return f"{_named(token)} is not closed", token.start_point.row + 1
    return _first_error(root)


def _tokens(node: Node) -> Iterator[Node]:
    """The tokens of the text; those that the parser made up are left out."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.children:
            waiting += reversed(current.children)
        elif not current.is_missing:
            yield current


def _belongs_to_heredoc(previous: Node | None, open_tokens: list[_Open]) -> bool:
    starts = previous is not None and previous.type in ("<<", "<<-")
    return starts or (bool(open_tokens) and open_tokens[-1].token.type == "heredoc_identifier")


def _leaves_string(innermost: _Open, token: Node) -> bool:
    """Whether ``token`` is on another line than the quoted string that is open: such a string has one line."""
    return innermost.token.type == "quoted_template_start" and token.end_point.row > innermost.row


def _named(token: Node) -> str:
    match token.type:
        case "quoted_template_start":
            return "a string"
        case "template_interpolation_start":
            return "a ${"
        case "template_directive_start":
            return "a %{"
        case "heredoc_identifier":
            return f"the heredoc <<{text_of(token)}"
        case "{" if token.parent is not None and token.parent.type == "block_start":
            return f"the block {_header(token.parent)}"
    return f"a {token.type}"


def _header(start: Node) -> str:
    """``resource "a" "b"`` before the opening brace of a block."""
    parts: list[str] = []
    before = start.prev_sibling
    while before is not None and before.type in ("identifier", "string_lit"):
        parts.insert(0, text_of(before))
        before = before.prev_sibling
    return " ".join(parts)


def _first_error(root: Node) -> tuple[str, int]:
    """The first error in the tree, by its innermost node."""
    node = root
    while child := next((each for each in node.children if each.has_error or each.is_missing), None):
        node = child
    if not node.is_missing:
        return f"invalid syntax near {_shown(node)!r}", node.start_point.row + 1
    missing = "a name or value" if node.type == "identifier" else repr(node.type)
    return _wrong_after(root, node.start_byte, f"{missing} is missing")


def _wrong_after(root: Node, end: int, problem: str = "invalid syntax") -> tuple[str, int]:
    """``problem`` after the text that ends at byte ``end``, with the line of that text."""
    before = (root.text or b"")[: end - root.start_byte].decode(errors="replace").rstrip()
    line = root.start_point.row + before.count("\n") + 1
    if not before:
        return f"{problem} near {_shown(root)!r}", line
    last = before.rpartition("\n")[2].strip()[-_SHOWN_CHARACTERS:]
    return f"{problem} after {last!r}", line


def _shown(node: Node) -> str:
    """The start of the first line of a node that cannot be read."""
    return text_of(node).strip().partition("\n")[0][:_SHOWN_CHARACTERS]
