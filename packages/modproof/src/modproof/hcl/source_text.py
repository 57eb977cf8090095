"""Decodes the bytes of a Terraform file as Terraform does.

Terraform accepts a byte-order mark in native syntax but not in JSON, and invalid UTF-8 only in comments and in JSON.
Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/token.go (``checkInvalidTokens``)
"""

from __future__ import annotations

from functools import lru_cache

from modproof.hcl.blocks import Block, UnreadableHcl, parse
from modproof.hcl.json_syntax import parse_json
from modproof.hcl.tree import parse_tree, text_of, walk

__all__ = ["decoded", "parsed"]

_MARK = "\ufeff"
_REPLACED = "\ufffd"
_HINT = "save the file as UTF-8"


def decoded(source: bytes, *, json: bool) -> str:
    """The text of a file, with U+FFFD for invalid bytes; native syntax without its byte-order mark.

    Raises UnreadableHcl when the file is UTF-16.
    """
    if source.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in source[:2]:
        raise UnreadableHcl(f"it is encoded as UTF-16; {_HINT}", 1)
    text = source.decode(errors="replace")
    return text if json else text.removeprefix(_MARK)


@lru_cache(maxsize=1024)
def parsed(text: str, source: bytes, *, json: bool) -> Block:
    """The blocks of the :func:`decoded` text; copies of a file share them. Raises UnreadableHcl."""
    if json:
        if text.startswith(_MARK):
            raise UnreadableHcl(f"not JSON: it starts with a byte-order mark; {_HINT} without one", 1)
        return parse_json(text)
    if _REPLACED in text and not _is_valid(source):
        _check_comments_only(text)
    return parse(text)


def _is_valid(source: bytes) -> bool:
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    return True


def _check_comments_only(text: str) -> None:
    """Raise UnreadableHcl for the first invalid byte outside a comment."""
    comments = [node for node in walk(parse_tree(text.encode()).root_node) if node.type == "comment"]
    inside = sum(text_of(node).count(_REPLACED) for node in comments)
    if inside == text.count(_REPLACED):
        return
    commented = {row for node in comments for row in range(node.start_point.row, node.end_point.row + 1)}
    rows = [row for row, line in enumerate(text.split("\n")) if _REPLACED in line]
    row = next((row for row in rows if row not in commented), rows[0])
    raise UnreadableHcl(f"it is not valid UTF-8; {_HINT}", row + 1)
