"""The parts of a Terraform expression: conditionals, loops, templates and references."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from modproof.hcl.reader import parse_tree

__all__ = [
    "Conditional",
    "Enclosing",
    "Loop",
    "Taken",
    "call_arguments",
    "called",
    "conditionals",
    "expression",
    "module_paths",
    "object_items",
    "references",
    "spliced",
    "template_texts",
    "text_of",
    "unwrapped",
]

_PREFIX = b"x = "
_TEMPLATES = ("quoted_template", "heredoc_template")


@dataclass(frozen=True, slots=True)
class Loop:
    """A ``for`` around an expression: ``names`` run over ``collection``, where ``only_if`` holds."""

    names: tuple[str, ...]
    collection: Node
    only_if: Node | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A conditional around an expression: it is evaluated only where ``condition`` is ``value``."""

    condition: Node
    value: bool


Enclosing = Loop | Taken
"""A construct around an expression that decides whether, and with which names, it is evaluated."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? a : b`` or ``%{ if condition }``, with what stands around it, outermost first.

    ``line`` counts from 0 at the start of the expression. ``whole`` says that the expression is nothing else.
    """

    condition: Node
    scopes: tuple[Enclosing, ...]
    line: int
    whole: bool


@lru_cache(maxsize=8192)
def expression(text: str) -> Node | None:
    """The expression ``text`` as a syntax tree; None if it is not valid."""
    tree = parse_tree(_PREFIX + text.encode() + b"\n")
    if tree.root_node.has_error:
        return None
    return next((node for node in _walk(tree.root_node) if node.type == "expression"), None)


def text_of(node: Node) -> str:
    """The text of a part of an expression."""
    return (node.text or b"").decode()


def unwrapped(node: Node) -> Node:
    """``node`` without the nodes of the grammar that hold nothing but one other."""
    while node.type in ("expression", "collection_value", "literal_value") and len(node.named_children) == 1:
        node = node.named_children[0]
    return node


def call_arguments(call: Node) -> list[Node]:
    """What a function is called with."""
    listed = next((child for child in call.named_children if child.type == "function_arguments"), None)
    return [] if listed is None else [child for child in listed.named_children if child.type == "expression"]


def called(node: Node) -> str:
    """The name of the function that ``node`` calls; empty where it calls none."""
    return text_of(node.named_children[0]) if node.type == "function_call" else ""


def template_texts(root: Node) -> Iterator[str]:
    """The constant parts of the templates in an expression, as written between their interpolations."""
    for node in _walk(root):
        if node.type in _TEMPLATES:
            text, offset = node.text or b"", node.start_byte
            # the grammar drops blanks beside an interpolation, so that the text is cut at the interpolations
            position = node.named_children[0].end_byte
            for child in node.named_children[1:]:
                if child.type != "template_literal":
                    yield text[position - offset : child.start_byte - offset].decode()
                    position = child.end_byte


def module_paths(root: Node) -> Iterator[str]:
    """The constant text that follows each ``${path.module}`` in the templates of an expression."""
    for node in _walk(root):
        if node.type in _TEMPLATES:
            text, offset = node.text or b"", node.start_byte
            children = node.named_children
            for child, after in itertools.pairwise(children):
                if child.type == "template_interpolation" and "".join(text_of(child).split()) == "${path.module}":
                    end = after.end_byte if after.type == "template_literal" else after.start_byte
                    yield text[child.end_byte - offset : end - offset].decode()


def object_items(node: Node) -> Iterator[tuple[str | None, Node]]:
    """Keys and values of an object literal; the key is None if it is computed. Nothing for other expressions."""
    node = unwrapped(node)
    for element in node.named_children if node.type in ("object", "object_start") else ():
        if element.type == "object_elem":
            key, value = (child for child in element.named_children if child.type == "expression")
            text = text_of(key).strip()
            yield None if text.startswith("(") or "${" in text else text.strip('"'), value


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _walk(child)


def _parts(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def conditionals(root: Node) -> list[Conditional]:
    """Every conditional in an expression, in the order of the text."""
    return list(_conditionals(root, ())) if root is not None else []


def _conditionals(node: Node, scopes: tuple[Enclosing, ...], *, whole: bool = True) -> Iterator[Conditional]:
    if node.type == "conditional":
        yield from _conditional(node, scopes, whole=whole)
    elif node.type == "for_expr":
        yield from _for(node, scopes)
    elif node.type == "template_if":
        intro = next(child for child in node.named_children if child.type == "template_if_intro")
        condition = next(child for child in intro.named_children if child.type == "expression")
        yield Conditional(condition, scopes, condition.start_point.row, whole=False)
        for child in _parts(node):
            yield from _conditionals(child, scopes, whole=False)
    else:
        alone = whole and node.type == "expression" and len(_parts(node)) == 1
        for child in _parts(node):
            yield from _conditionals(child, scopes, whole=alone)


def _arms(node: Node) -> tuple[Node, list[tuple[Node, tuple[Taken, ...]]]]:
    """The condition of ``node`` and the parts that depend on it, each with what must hold for it to be evaluated.

    The grammar takes ``a ? b : c ? d : e`` for ``(a ? b : c) ? d : e``; Terraform, for ``a ? b : (c ? d : e)``.
    """
    condition, yes, no = _parts(node)[:3]
    inner = _parts(condition)
    if len(inner) == 1 and inner[0].type == "conditional":
        chain = inner[0]
        own = _parts(chain)[2]
        outer, _ = _arms(chain)
        before = (*_refused(chain), Taken(outer, False))
        return own, [(yes, (*before, Taken(own, True))), (no, (*before, Taken(own, False)))]
    return condition, [(yes, (Taken(condition, True),)), (no, (Taken(condition, False),))]


def _refused(chain: Node) -> tuple[Taken, ...]:
    inner = _parts(_parts(chain)[0])
    if len(inner) == 1 and inner[0].type == "conditional":
        return (*_refused(inner[0]), Taken(_arms(inner[0])[0], False))
    return ()


def _conditional(node: Node, scopes: tuple[Enclosing, ...], *, whole: bool) -> Iterator[Conditional]:
    condition, arms = _arms(node)
    first = _parts(_parts(node)[0])
    chained = len(first) == 1 and first[0].type == "conditional"
    if chained:
        yield from _chain(first[0], scopes, whole=whole)
        around: tuple[Enclosing, ...] = (*scopes, *arms[0][1][:-1])
    else:
        around = scopes
        yield from _conditionals(condition, scopes, whole=False)
    yield Conditional(condition, around, condition.start_point.row, whole=whole and not chained)
    for part, taken in arms:
        yield from _conditionals(part, (*scopes, *taken), whole=False)


def _chain(node: Node, scopes: tuple[Enclosing, ...], *, whole: bool) -> Iterator[Conditional]:
    """The earlier conditionals of a chain, without the last part, which is the condition of the next."""
    last = _parts(node)[2]
    for found in _conditional(node, scopes, whole=whole):
        if not (last.start_byte <= found.condition.start_byte < last.end_byte):
            yield found


def _for(node: Node, scopes: tuple[Enclosing, ...]) -> Iterator[Conditional]:
    body = _parts(node)[0]
    intro = next(child for child in body.named_children if child.type == "for_intro")
    names = tuple(text_of(child) for child in intro.named_children if child.type == "identifier")
    collection = next(child for child in intro.named_children if child.type == "expression")
    guard = next((child for child in body.named_children if child.type == "for_cond"), None)
    only_if = None if guard is None else next(c for c in guard.named_children if c.type == "expression")
    yield from _conditionals(collection, scopes, whole=False)
    inside = (*scopes, Loop(names, collection, only_if))
    for child in _parts(body):
        if child.type == "expression":
            yield from _conditionals(child, inside, whole=False)
    if only_if is not None:
        yield from _conditionals(only_if, (*scopes, Loop(names, collection, None)), whole=False)


def references(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """What an expression refers to: ``var.a``, ``local.b``, ``path.module``, ``aws_x.this``, ``data.aws_x.this``,
    ``provider::name``. Names that a loop binds, and those in ``bound``, are no references.
    """
    found: set[str] = set()
    _refer(node, bound, found)
    return found


def _refer(node: Node, bound: frozenset[str], found: set[str]) -> None:
    if node.type == "for_expr":
        body = _parts(node)[0]
        intro = next(child for child in body.named_children if child.type == "for_intro")
        names = {text_of(child) for child in intro.named_children if child.type == "identifier"}
        for child in intro.named_children:
            if child.type == "expression":
                _refer(child, bound, found)
        for child in body.named_children:
            if child is not intro and child.type != "for_intro":
                _refer(child, bound | names, found)
        return
    if node.type == "function_call" and "::" in text_of(node).partition("(")[0]:
        found.add(text_of(node).partition("(")[0])
    if node.type == "variable_expr":
        name = text_of(node)
        if name not in bound:
            found.add(".".join([name, *_attributes_after(node, 2 if name == "data" else 1)]))
        return
    children = _parts(node)
    if node.type == "object_elem" and _is_name(children[0]):
        children = children[1:]
    for child in children:
        _refer(child, bound, found)


def _is_name(key: Node) -> bool:
    """Whether an object's key is a bare name: Terraform takes it for the text, not for a reference."""
    return [child.type for child in _parts(key)] == ["variable_expr"]


def _attributes_after(node: Node, count: int) -> list[str]:
    names: list[str] = []
    after = node.next_named_sibling
    while after is not None and after.type == "get_attr" and len(names) < count:
        names.append(text_of(after).lstrip(". \n\t"))
        after = after.next_named_sibling
    return names


def spliced(node: Node, constants: Mapping[str, str]) -> str:
    """The text of ``node`` with references such as ``path.module`` replaced by string constants."""
    text = node.text or b""
    cuts: list[tuple[int, int, bytes]] = []
    for part in _walk(node):
        if part.type == "variable_expr":
            names = _attributes_after(part, 1)
            value = constants.get(".".join([text_of(part), *names]))
            after = part.next_named_sibling
            if value is not None and after is not None:
                literal = json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
                cuts.append((part.start_byte - node.start_byte, after.end_byte - node.start_byte, literal.encode()))
    for start, end, replacement in sorted(cuts, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text.decode()
