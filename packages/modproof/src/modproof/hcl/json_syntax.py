"""Parses Terraform's JSON syntax into blocks.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
from typing import Any

from tree_sitter import Node

from modproof.hcl.blocks import Attribute, Block, UnreadableHcl
from modproof.hcl.tree import parse_tree, text_of

__all__ = ["parse_json"]

_MARKER = "modproof_json_text"
_LABELS = {"terraform": 0, "provider": 1, "variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2}
"""How many labels a block of Terraform's JSON syntax has."""


def parse_json(text: str) -> Block:
    """The blocks of a ``.tf.json`` file. JSON has no lines: a block has the line on which its name first occurs."""
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
                block.attributes.append(Attribute(name, _expression(inner), at))
                # only the provider's schema says whether a mapping is a block or a value, so that it counts as both
                labelled = kind == "terraform" and name == "backend"
                descend(block, name, inner, (), 1 if labelled else 0, at)

    for kind, value in data.items() if isinstance(data, dict) else ():
        descend(top, kind, value, (), _LABELS.get(kind, 0), line_of(kind, 1))
    return top


def _expression(value: Any) -> str:
    """A JSON value as an expression: its strings are templates, with native expressions in their interpolations."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_template(key)}: {_expression(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_expression, value)) + "]"
    return _template(value) if isinstance(value, str) else json.dumps(value)


def _template(text: str) -> str:
    """``text`` in quotes, with escape sequences everywhere but in its interpolations and directives."""
    if "${" not in text and "%{" not in text:
        return json.dumps(text, ensure_ascii=False)
    source = f"x = <<{_MARKER}\n{text}\n{_MARKER}\n".encode()
    waiting = [parse_tree(source).root_node]
    sequences: list[Node] = []
    while waiting:
        node = waiting.pop()
        if node.type in ("template_interpolation", "template_directive"):
            sequences.append(node)
        else:
            waiting += node.children
    position = source.index(b"\n") + 1
    pieces: list[str] = []
    for node in sorted(sequences, key=lambda each: each.start_byte):
        pieces += [_escaped(source[position : node.start_byte]), text_of(node)]
        position = node.end_byte
    return f'"{"".join(pieces)}{_escaped(source[position : -len(_MARKER) - 2])}"'


def _escaped(text: bytes) -> str:
    return json.dumps(text.decode(), ensure_ascii=False)[1:-1]
