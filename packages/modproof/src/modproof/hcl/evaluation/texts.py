"""Which computed values are strings: their type is certain although their value is not."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from modproof.hcl.evaluation.configuration import Configuration
from modproof.hcl.expressions import (
    attribute_names,
    called,
    expression,
    object_items,
    parts,
    subexpressions,
    text_of,
    unwrapped,
)
from modproof.hcl.templates import UnreadableTemplate, template_parts

__all__ = ["is_text"]

_MAX_REFERENCES = 20
"""Locals and outputs that refer to others. Terraform rejects a reference that leads to itself."""
_FUNCTIONS = frozenset(
    {
        "base64decode", "base64encode", "base64sha256", "cidrhost", "cidrsubnet", "file", "format", "formatdate",
        "join", "jsonencode", "lower", "md5", "replace", "sha1", "sha256", "substr", "templatefile", "timestamp",
        "title", "tostring", "trim", "trimprefix", "trimspace", "trimsuffix", "upper", "urlencode", "yamlencode",
    }
)  # fmt: skip
_ATTRIBUTES = frozenset({"arn", "id", "json", "url"})
"""Attributes that are strings in all resources and data sources of version 5.100.0 of the AWS provider."""
_ARN = "_arn"
_NO_RESOURCES = frozenset({"count", "each", "local", "module", "path", "self", "terraform", "var"})


def is_text(within: Configuration, text: str, path: Sequence[str | int] = ()) -> bool:
    """Whether the part at ``path`` of the value of an expression is certainly a string."""
    return _is_text(within, text, tuple(path), _MAX_REFERENCES)


def _is_text(within: Configuration, text: str, path: tuple[str | int, ...], references: int) -> bool:
    root = expression(text)
    return root is not None and references > 0 and _of_node(within, root, path, references)


def _of_node(within: Configuration, node: Node, path: tuple[str | int, ...], references: int) -> bool:
    node = unwrapped(node)
    if node.type == "expression":
        return _of_reference(within, node, path, references)
    if not path:
        return called(node) in _FUNCTIONS or (node.type == "template_expr" and _is_template(node.named_children[0]))
    inner: Sequence[Node] = ()
    if node.type == "object":
        inner = [value for key, value in object_items(node) if key == path[0]]
    elif node.type == "tuple" and isinstance(path[0], int):
        inner = subexpressions(node)[path[0] : path[0] + 1]
    return bool(inner) and _of_node(within, inner[-1], path[1:], references)


def _is_template(template: Node) -> bool:
    """Whether a template is a string: a single interpolation is the value in it."""
    try:
        found = template_parts(template)
    except UnreadableTemplate:
        return False
    return len(found) != 1 or isinstance(found[0], str)


def _of_reference(within: Configuration, node: Node, path: tuple[str | int, ...], references: int) -> bool:
    base, *steps = parts(node)
    if base.type != "variable_expr":
        return False
    names = [text_of(base), *attribute_names(steps)]
    if names[0] in ("local", "module") and len(names) == len(steps) + 1:
        definition = within.definition(names)
        if definition is None:
            return False
        around, text, taken = definition
        return _is_text(around, text, (*names[taken:], *path), references - 1)
    if path or names[0] in _NO_RESOURCES or not steps:
        return False
    # TYPE.NAME.ATTRIBUTE, with data before it or an index before the attribute
    count = 2 if names[0] == "data" else 1
    indexed = len(steps) > count and steps[count].type == "index"
    last = attribute_names(steps[-1:])
    named = len(names) > count and len(steps) == count + 1 + indexed
    return named and any(name in _ATTRIBUTES or name.endswith(_ARN) for name in last)
