"""Terraform expressions as syntax trees: reading them, their parts and what they refer to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from modproof.hcl.tree import nesting, parse_tree, text_of, walk

__all__ = [
    "For",
    "Reference",
    "attribute_names",
    "call_arguments",
    "called",
    "conditional_chain",
    "expands_last",
    "expression",
    "for_parts",
    "is_name",
    "located_references",
    "object_items",
    "parts",
    "references",
    "spliced",
    "subexpressions",
    "text_of",
    "unwrapped",
]

_PREFIX = b"x = "
_MAX_NESTING = 100
"""Brackets inside brackets. Deeper expressions are not read: they would exhaust Python's stack."""


@dataclass(frozen=True, slots=True)
class For:
    """A ``for`` expression or ``%{ for }``: ``names`` run over ``collection``, where ``only_if`` is true.

    ``results`` has the value, after the key if it makes an object; a template directive has none. ``grouping`` marks
    the ``...`` that collects values with the same key.
    """

    names: tuple[str, ...]
    collection: Node
    only_if: Node | None
    results: tuple[Node, ...]
    grouping: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """What an expression refers to, as in :func:`references`, and the bytes of its name in the tree's text."""

    name: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def expression(text: str) -> Node | None:
    """The expression ``text`` as a syntax tree; None if it is not valid."""
    source = text.encode()
    if nesting(source) > _MAX_NESTING:
        return None
    root = parse_tree(_PREFIX + source).root_node
    return None if root.has_error else next((node for node in walk(root) if node.type == "expression"), None)


def parts(node: Node) -> list[Node]:
    """What a node consists of, without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def subexpressions(node: Node) -> list[Node]:
    """The expressions directly in a node."""
    return [child for child in node.named_children if child.type == "expression"]


def unwrapped(node: Node) -> Node:
    """``node`` without the surrounding nodes that contain only one other node."""
    while node.type in ("expression", "collection_value", "literal_value") and len(inner := parts(node)) == 1:
        node = inner[0]
    return node


def call_arguments(call: Node) -> list[Node]:
    """The arguments of a function call."""
    listed = next((child for child in call.named_children if child.type == "function_arguments"), None)
    return [] if listed is None else subexpressions(listed)


def expands_last(call: Node) -> bool:
    """Whether the last argument of a function call is expanded by ``...``."""
    listed = next((child for child in call.named_children if child.type == "function_arguments"), None)
    return listed is not None and any(child.type == "ellipsis" for child in listed.named_children)


def called(node: Node) -> str:
    """The name of the function that ``node`` calls, without ``core::``; empty if it is not a call."""
    return text_of(node.named_children[0]).removeprefix("core::") if node.type == "function_call" else ""


def attribute_names(nodes: Sequence[Node]) -> list[str]:
    """``["b", "c"]`` of the nodes ``.b``, ``.c`` and ``[0]``: the names up to the first other node."""
    names: list[str] = []
    for node in nodes:
        if node.type != "get_attr":
            break
        names.append(text_of(node.named_children[-1]))
    return names


def object_items(node: Node) -> Iterator[tuple[str | None, Node]]:
    """Keys and values of an object literal; the key is None if it is computed. Nothing for other expressions."""
    node = unwrapped(node)
    for element in node.named_children if node.type == "object" else ():
        if element.type == "object_elem":
            key, value = subexpressions(element)
            text = text_of(key).strip()
            yield None if text.startswith("(") or "${" in text else text.strip('"'), value


def for_parts(node: Node) -> For:
    """The parts of a ``for_expr`` or a ``template_for``."""
    body = node if node.type == "template_for" else parts(node)[0]
    intro = next(child for child in body.named_children if child.type in ("for_intro", "template_for_start"))
    guard = next((child for child in body.named_children if child.type == "for_cond"), None)
    return For(
        names=tuple(text_of(child) for child in intro.named_children if child.type == "identifier"),
        collection=subexpressions(intro)[0],
        only_if=None if guard is None else subexpressions(guard)[0],
        results=tuple(subexpressions(body)),
        grouping=any(child.type == "ellipsis" for child in body.named_children),
    )


def conditional_chain(node: Node) -> tuple[list[tuple[Node, Node]], Node]:
    """Conditions with their results, and the result if no condition is true, of ``a ? b : c ? d : e``.

    The grammar groups a chain from the left, as ``(a ? b : c) ? d : e``; Terraform groups it from the right.
    """
    condition, result, otherwise = subexpressions(node)
    inner = parts(condition)
    if len(inner) == 1 and inner[0].type == "conditional":
        before, own = conditional_chain(inner[0])
        return [*before, (own, result)], otherwise
    return [(condition, result)], otherwise


def references(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """What an expression refers to: ``var.a``, ``local.b``, ``path.module``, ``aws_x.this``, ``data.aws_x.this``,
    ``provider::name``. Names of ``for`` expressions, and those in ``bound``, are not references.
    """
    return {reference.name for reference in located_references(node, bound)}


def located_references(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Every reference in an expression, as in :func:`references`, with its place. The order is not that of the text."""
    waiting = [(node, bound)]
    while waiting:
        current, names = waiting.pop()
        if current.type in ("for_expr", "template_for"):
            loop = for_parts(current)
            inside = names | set(loop.names)
            waiting.append((loop.collection, names))
            waiting += [(child, inside) for child in _for_body(current)]
            continue
        if current.type == "variable_expr":
            name = text_of(current)
            if name not in names:
                following = _following(current, 2 if name == "data" else 1)
                end = following[-1].end_byte if following else current.end_byte
                yield Reference(".".join([name, *attribute_names(following)]), current.start_byte, end)
            continue
        if "::" in called(current):
            yield Reference(called(current), current.start_byte, current.named_children[0].end_byte)
        children = parts(current)
        if current.type == "object_elem" and is_name(children[0]):
            children = children[1:]
        waiting += [(child, names) for child in children]


def _for_body(node: Node) -> list[Node]:
    body = node if node.type == "template_for" else parts(node)[0]
    return [child for child in parts(body) if child.type not in ("for_intro", "template_for_start")]


def is_name(key: Node) -> bool:
    """Whether an object's key is a bare name: Terraform takes it as text, not as a reference."""
    return [child.type for child in parts(key)] == ["variable_expr"]


def _following(node: Node, count: int) -> list[Node]:
    """At most ``count`` attribute accesses directly after ``node``."""
    found: list[Node] = []
    after = node.next_named_sibling
    while after is not None and after.type == "get_attr" and len(found) < count:
        found.append(after)
        after = after.next_named_sibling
    return found


def _names_after(node: Node, count: int) -> list[str]:
    return attribute_names(_following(node, count))


def spliced(node: Node, constants: Mapping[str, str]) -> str:
    """The text of ``node`` with references such as ``path.module`` replaced by string constants."""
    text = node.text or b""
    cuts: list[tuple[int, int, bytes]] = []
    for part in walk(node):
        if part.type == "variable_expr":
            value = constants.get(".".join([text_of(part), *_names_after(part, 1)]))
            after = part.next_named_sibling
            if value is not None and after is not None:
                literal = json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
                cuts.append((part.start_byte - node.start_byte, after.end_byte - node.start_byte, literal.encode()))
    for start, end, replacement in sorted(cuts, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text.decode()
