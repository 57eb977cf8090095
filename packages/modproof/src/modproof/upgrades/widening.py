"""Whether a condition accepts all that another one accepts, where the expressions show it.

Source: https://developer.hashicorp.com/terraform/language/expressions/operators
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from modproof.hcl.expressions import (
    For,
    call_arguments,
    called,
    expression,
    for_parts,
    parts,
    subexpressions,
    text_of,
    unwrapped,
)
from modproof.hcl.types import NotConstant, Type, constant, effective
from modproof.upgrades.interface import normalised

__all__ = ["accepts_all_of"]

_SIMPLE = re.compile(r"""[\w-]+(?:\.[\w-]+)?|"[^"$%]*\"""")
"""A literal, the name of a loop, or a variable without attributes."""
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ELEMENTWISE = ("alltrue", "anytrue", "flatten")
"""Functions of lists whose result is true with any list whose elements are true more often."""


def accepts_all_of(old: str, new: str) -> bool:
    """Whether every value that meets the condition ``old`` meets ``new``; False if that cannot be decided."""
    one, other = expression(old), expression(new)
    return one is not None and other is not None and _implies(one, other)


def _implies(one: Node, other: Node) -> bool:
    one, other = unwrapped(one), unwrapped(other)
    if _text(one) == _text(other):
        return True
    first, second = _Operation.of(one), _Operation.of(other)
    if first is not None and first.sign == "||":
        return all(_implies(part, other) for part in first.operands)
    if second is not None and second.sign == "&&":
        return all(_implies(one, part) for part in second.operands)
    if second is not None and second.sign == "||" and _implies_either(one, *second.operands):
        return True
    if first is not None and first.sign == "&&":
        return any(_implies(part, other) for part in first.operands)
    if first is not None and second is not None:
        return first.is_bound_within(second) if len(first.operands) == 2 else _is_less_negated(first, second)
    return _are_alike(one, other)


def _implies_either(one: Node, left: Node, right: Node) -> bool:
    # until 1.12 Terraform evaluates both operands
    return any(_implies(one, part) and _cannot_fail(added, one) for part, added in ((left, right), (right, left)))


def _cannot_fail(added: Node, one: Node) -> bool:
    """Whether ``added`` has a value for every input with which ``one`` has a value."""
    added = unwrapped(added)
    operation = _Operation.of(added)
    if operation is not None and operation.sign in ("||", "&&", "!", "==", "!="):
        return all(_cannot_fail(each, one) for each in operation.operands)
    text = _text(added)
    return called(added) == "can" or _SIMPLE.fullmatch(text) is not None or text in _text(one)


def _is_less_negated(first: _Operation, second: _Operation) -> bool:
    return first.sign == second.sign == "!" and _implies(second.operands[0], first.operands[0])


def _are_alike(one: Node, other: Node) -> bool:
    """Whether both have the same form, and every part of ``one`` implies that of ``other``."""
    if one.type != other.type:
        return False
    match one.type:
        case "function_call" if called(one) == called(other):
            return _calls(called(one), call_arguments(one), call_arguments(other))
        case "conditional":
            (condition, *results), (same, *others) = subexpressions(one), subexpressions(other)
            return _text(condition) == _text(same) and all(map(_implies, results, others))
        case "tuple":
            elements, others = subexpressions(one), subexpressions(other)
            return len(elements) == len(others) and all(map(_implies, elements, others))
        case "for_expr" if parts(one)[0].type == parts(other)[0].type == "for_tuple_expr":
            before, after = for_parts(one), for_parts(other)
            return _intro(before) == _intro(after) and all(map(_implies, before.results, after.results))
    return False


def _intro(loop: For) -> tuple[tuple[str, ...], str, str]:
    return loop.names, _text(loop.collection), "" if loop.only_if is None else _text(loop.only_if)


def _calls(name: str, before: list[Node], after: list[Node]) -> bool:
    if name in _ELEMENTWISE and len(before) == len(after) == 1:
        return _implies(before[0], after[0])
    if name == "contains" and len(before) == len(after) == 2 and _text(before[1]) == _text(after[1]):
        try:
            old, new = (effective(Type(), constant(each)) for each in (unwrapped(before[0]), unwrapped(after[0])))
        except NotConstant:
            return False
        return isinstance(old, list) and isinstance(new, list) and all(element in new for element in old)
    return False


@dataclass(frozen=True, slots=True)
class _Operation:
    """An operation with its operands: one after ``!`` and ``-``, else two."""

    sign: str
    operands: tuple[Node, ...]

    @classmethod
    def of(cls, node: Node) -> _Operation | None:
        if node.type != "operation":
            return None
        inner = node.named_children[0]
        # the grammar puts the parts of both operands next to each other
        sign = next(child for child in inner.children if not child.is_named and text_of(child) not in ("(", ")"))
        text = inner.text or b""
        before, after = text[: sign.start_byte - inner.start_byte], text[sign.end_byte - inner.start_byte :]
        operands = [expression(each.decode()) for each in (before, after) if each.strip()]
        return cls(text_of(sign), tuple(each for each in operands if each is not None))

    def is_bound_within(self, other: _Operation) -> bool:
        """Whether both compare the same with a number, and this is as strict."""
        one, two = self._bound(), other._bound()
        if one is None or two is None or one[:2] != two[:2]:
            return False
        (_, direction, number, excluded), (_, _, new, new_excluded) = one, two
        if number == new:
            return excluded or not new_excluded
        return (number > new) is (direction == ">")

    def _bound(self) -> tuple[str, str, float, bool] | None:
        """What is compared, ``<`` or ``>``, the number, and whether the number itself is not accepted."""
        if self.sign not in _MIRRORED or len(self.operands) != 2:
            return None
        left, right = self.operands
        for sign, compared, number in ((self.sign, left, right), (_MIRRORED[self.sign], right, left)):
            try:
                value = constant(number)
            except NotConstant:
                continue
            if isinstance(value, int | float) and not isinstance(value, bool):
                return _text(compared), sign[0], value, len(sign) == 1
        return None


def _text(node: Node) -> str:
    return normalised(text_of(unwrapped(node)))
