"""Parses Terraform's JSON syntax into blocks.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json

from tree_sitter import Node

from modproof.hcl.blocks import Attribute, Block, UnreadableHcl
from modproof.hcl.json_values import JsonObject, JsonValue, parse_values
from modproof.hcl.tree import parse_tree, text_of

__all__ = ["parse_json"]

_MARKER = "modproof_json_text"
_LABELS = {
    "check": 1, "data": 2, "ephemeral": 2, "module": 1, "output": 1, "provider": 1, "resource": 2, "variable": 1,
}  # fmt: skip
_INNER_LABELS = {("terraform", "backend"): 1, ("terraform", "provider_meta"): 1, ("resource", "provisioner"): 1}
"""How many labels a block of Terraform's JSON syntax has."""
_REPEATED = "dynamic"
_ONLY_BLOCKS = frozenset(
    {
        "assert", "backend", "cloud", "connection", "content", "dynamic", "lifecycle", "postcondition", "precondition",
        "provider_meta", "provisioner", "required_providers", "validation",
    }
)  # fmt: skip
"""Names in a block of Terraform's own that are never arguments."""
_COMMENT = "//"


def parse_json(text: str) -> Block:
    """The blocks of a ``.tf.json`` file, from the line of its name to that of the closing brace.

    Raises UnreadableHcl for text that is not JSON.
    """
    try:
        value = parse_values(text)
    except ValueError as error:
        raise UnreadableHcl(f"not JSON: {error}", getattr(error, "lineno", 1)) from error
    top = Block("", (), 1)
    for kind, inner in _members(value):
        _descend(top, kind, inner, (), _LABELS.get(kind, 0), inner.line)
    return top


def _members(value: JsonValue) -> list[tuple[str, JsonValue]]:
    """The members of an object, or of all objects of an array, without comments."""
    objects = value.data if isinstance(value.data, list) else [value]
    return [
        (member.name, member.value)
        for each in objects
        if isinstance(each.data, JsonObject)
        for member in each.data.members
        if member.name != _COMMENT
    ]


def _descend(into: Block, kind: str, value: JsonValue, labels: tuple[str, ...], wanted: int, line: int) -> None:
    if wanted:
        for label, inner in _members(value):
            _descend(into, kind, inner, (*labels, label), wanted - 1, inner.name_line)
    elif isinstance(value.data, list):
        for element in value.data:
            _descend(into, kind, element, labels, 0, element.line)
    elif isinstance(value.data, JsonObject):
        into.blocks.append(_block(kind, labels, value, line))


def _block(kind: str, labels: tuple[str, ...], value: JsonValue, line: int) -> Block:
    block = Block(kind, labels, line, value.end)
    constant = kind == "variable"  # Terraform evaluates its arguments without templates
    for name, inner in _members(value):
        if name not in _ONLY_BLOCKS or kind == "locals":
            text = _raw(inner) if constant and name == "type" else _expression(inner, literal=constant)
            block.attributes.append(Attribute(name, text, inner.name_line))
        if kind != "locals" and _may_be_blocks(inner):
            # only the provider's schema says whether a mapping is a block or a value, so that it counts as both
            labelled = 1 if name == _REPEATED else _INNER_LABELS.get((kind, name), 0)
            _descend(block, name, inner, (), labelled, inner.name_line)
    return block


def _may_be_blocks(value: JsonValue) -> bool:
    elements = value.data if isinstance(value.data, list) else [value]
    return all(isinstance(element.data, JsonObject) for element in elements)


def _raw(value: JsonValue) -> str:
    """A type: the text of a string, which may be in ``${ }``."""
    text = value.data if isinstance(value.data, str) else _expression(value)
    return text.removeprefix("${").removesuffix("}") if text.startswith("${") else text


def _expression(value: JsonValue, *, literal: bool = False) -> str:
    """A JSON value as an expression: its strings are templates, with native expressions in their interpolations.

    In a ``literal`` value, strings are constant.
    """

    def template(text: str) -> str:
        return _template(text.replace("${", "$${").replace("%{", "%%{") if literal else text)

    if isinstance(value.data, JsonObject):
        pairs = (
            f"{_key(template(member.name))}: {_expression(member.value, literal=literal)}"
            for member in value.data.members
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value.data, list):
        return "[" + ", ".join(_expression(element, literal=literal) for element in value.data) + "]"
    return template(value.data) if isinstance(value.data, str) else json.dumps(value.data)


def _key(template: str) -> str:
    return template if template.startswith('"') else f"({template})"


def _template(text: str) -> str:
    """``text`` in quotes, with escape sequences everywhere but in its interpolations and directives.

    A string that is one interpolation is the expression in it.
    """
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
    if len(sequences) == 1 and (inner := _only(sequences[0], text)):
        return inner
    pieces: list[str] = []
    for node in sorted(sequences, key=lambda each: each.start_byte):
        pieces += [_escaped(source[position : node.start_byte]), text_of(node)]
        position = node.end_byte
    return f'"{"".join(pieces)}{_escaped(source[position : -len(_MARKER) - 2])}"'


def _only(sequence: Node, text: str) -> str:
    """The expression of an interpolation that is all of ``text``; empty for any other."""
    if sequence.type != "template_interpolation" or text_of(sequence) != text or "\n" in text:
        return ""
    return next((text_of(child).strip() for child in sequence.named_children if child.type == "expression"), "")


def _escaped(text: bytes) -> str:
    return json.dumps(text.decode(), ensure_ascii=False)[1:-1]
