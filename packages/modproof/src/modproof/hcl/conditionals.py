"""Finds the conditionals of a Terraform expression, each with what decides whether it is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from modproof.hcl.expressions import conditional_chain, for_parts, parts, subexpressions

__all__ = ["Conditional", "Enclosing", "Loop", "Taken", "conditionals"]


@dataclass(frozen=True, slots=True)
class Loop:
    """A ``for`` around an expression: ``names`` run over ``collection``, where ``only_if`` is true."""

    names: tuple[str, ...]
    collection: Node
    only_if: Node | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A conditional around an expression: it is evaluated only if ``condition`` is ``value``."""

    condition: Node
    value: bool


Enclosing = Loop | Taken
"""A construct around an expression that decides whether, and with which names, it is evaluated."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? a : b`` or ``%{ if condition }``, with the constructs around it, outermost first.

    ``line`` counts from 0 at the start of the expression. ``whole`` is true if the expression is nothing else.
    """

    condition: Node
    scopes: tuple[Enclosing, ...]
    line: int
    whole: bool


def conditionals(root: Node) -> list[Conditional]:
    """Every conditional in an expression, in the order of the text."""
    return list(_find(root, ()))


def _find(node: Node, scopes: tuple[Enclosing, ...], *, whole: bool = True) -> Iterator[Conditional]:
    match node.type:
        case "conditional":
            yield from _in_chain(node, scopes, whole=whole)
        case "template_if":
            yield from _in_directive(node, scopes)
        case "for_expr" | "template_for":
            yield from _in_for(node, scopes)
        case _:
            alone = whole and node.type == "expression" and len(parts(node)) == 1
            for child in parts(node):
                yield from _find(child, scopes, whole=alone)


def _in_chain(node: Node, scopes: tuple[Enclosing, ...], *, whole: bool) -> Iterator[Conditional]:
    chain, otherwise = conditional_chain(node)
    around = scopes
    for condition, result in chain:
        yield from _find(condition, around, whole=False)
        yield Conditional(condition, around, condition.start_point.row, whole=whole and around == scopes)
        yield from _find(result, (*around, Taken(condition, True)), whole=False)
        around = (*around, Taken(condition, False))
    yield from _find(otherwise, around, whole=False)


def _in_directive(node: Node, scopes: tuple[Enclosing, ...]) -> Iterator[Conditional]:
    intro, *body = parts(node)
    (condition,) = subexpressions(intro)
    yield from _find(condition, scopes, whole=False)
    yield Conditional(condition, scopes, condition.start_point.row, whole=False)
    value = True
    for child in body:
        value = value and child.type != "template_else_intro"
        yield from _find(child, (*scopes, Taken(condition, value)), whole=False)


def _in_for(node: Node, scopes: tuple[Enclosing, ...]) -> Iterator[Conditional]:
    loop = for_parts(node)
    yield from _find(loop.collection, scopes, whole=False)
    inside = (*scopes, Loop(loop.names, loop.collection, loop.only_if))
    for child in loop.results if node.type == "for_expr" else parts(node)[1:]:
        yield from _find(child, inside, whole=False)
    if loop.only_if is not None:
        yield from _find(loop.only_if, (*scopes, Loop(loop.names, loop.collection, None)), whole=False)
