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

_SIMPLE = re.compile(r"""var\.[\w-]+|[\w-]+|"[^"$%]*\"""")
"""A literal, the name of a loop, or a variable without attributes."""
_CONDITIONAL = ("?", "[for", "{for", "can(", "try(")
"""What is in them may not be evaluated, or may fail."""
_SHORT_CIRCUITS = ("||", "&&")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ELEMENTWISE = ("alltrue", "anytrue", "flatten")
"""Functions of a list: if more elements are true, the result stays true."""


def accepts_all_of(old: str, new: str) -> bool:
    """Whether every value that meets the condition ``old`` meets ``new``; False if that cannot be decided."""
    one, other = expression(old), expression(new)
    return one is not None and other is not None and _Conditions(_text(one)).implies(one, other)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Compares parts of two conditions. ``old`` is the text of the first one, without blanks."""

    old: str

    def implies(self, one: Node, other: Node) -> bool:
        """Whether ``other`` is true if ``one`` is, a part of the first condition."""
        one, other = unwrapped(one), unwrapped(other)
        if _text(one) == _text(other):
            return True
        first, second = _Operation.of(one), _Operation.of(other)
        if first is not None and first.sign == "||":
            return all(self.implies(part, other) for part in first.operands)
        if second is not None and second.sign == "&&":
            return all(self.implies(one, part) for part in second.operands)
        if second is not None and second.sign == "||" and self._implies_either(one, *second.operands):
            return True
        if first is not None and first.sign == "&&":
            return any(self.implies(part, other) for part in first.operands)
        if first is not None and second is not None:
            return first.is_bound_within(second) or self._is_less_negated(first, second)
        return self._are_alike(one, other)

    def _implies_either(self, one: Node, left: Node, right: Node) -> bool:
        # until 1.12 Terraform evaluates both operands, and since then the left one first
        if self.implies(one, left) and self._cannot_fail(right):
            return True
        return self.implies(one, right) and self._cannot_fail(left, first=True)

    def _cannot_fail(self, new: Node, *, first: bool = False) -> bool:
        """Whether ``new`` is true or false for every input that the first condition accepts.

        With ``first``, Terraform evaluates it also where it skipped a part of the first condition.
        """
        new = unwrapped(new)
        operation = _Operation.of(new)
        if called(new) == "can" or _text(new) in ("true", "false"):
            return True
        if operation is not None and operation.sign in ("||", "&&", "!"):
            return all(self._cannot_fail(each, first=first) for each in operation.operands)
        if operation is not None and operation.sign in ("==", "!="):
            return all(self._has_value(each, first=first) for each in operation.operands)
        if operation is not None and (bound := operation.bound()) is not None:
            return self._evaluates(rf"{_whole(bound[0])}(?=\)*[<>])", first=first)
        # elsewhere it may be null, which is neither true nor false
        return self._evaluates(rf"(?:^|[!|&])\(*{_whole(_text(new))}(?=\)*(?:$|[|&]))", first=first)

    def _has_value(self, new: Node, *, first: bool) -> bool:
        """Whether ``new`` has a value, which may be null, for every input that the first condition accepts."""
        text = _text(new)
        is_simple = _Operation.of(unwrapped(new)) is None and _SIMPLE.fullmatch(text) is not None
        return is_simple or self._evaluates(_whole(text), first=first)

    def _evaluates(self, pattern: str, *, first: bool) -> bool:
        """Whether Terraform always evaluates what ``pattern`` finds in the first condition."""
        always = self.old
        for sign in _SHORT_CIRCUITS if first else ():
            always = always.partition(sign)[0]
        return not self._has(*_CONDITIONAL) and re.search(pattern, always) is not None

    def _has(self, *signs: str) -> bool:
        return any(sign in self.old for sign in signs)

    def _is_less_negated(self, first: _Operation, second: _Operation) -> bool:
        if not first.sign == second.sign == "!":
            return False
        before, after = first.operands[0], second.operands[0]
        # what is added to `after`, or was skipped in `before`, may fail
        may_fail = "&&" in _text(after) or ("alltrue" in _text(after) and self._has(*_CONDITIONAL, *_SHORT_CIRCUITS))
        return not may_fail and self.implies(after, before)

    def _are_alike(self, one: Node, other: Node) -> bool:
        """Whether both have the same form, and every part of ``one`` implies that of ``other``."""
        if one.type != other.type:
            return False
        match one.type:
            case "function_call" if called(one) == called(other):
                return self._calls(called(one), call_arguments(one), call_arguments(other))
            case "conditional":
                (condition, *results), (same, *others) = subexpressions(one), subexpressions(other)
                return _text(condition) == _text(same) and all(map(self.implies, results, others))
            case "tuple":
                elements, others = subexpressions(one), subexpressions(other)
                return len(elements) == len(others) and all(map(self.implies, elements, others))
            case "for_expr" if parts(one)[0].type == parts(other)[0].type == "for_tuple_expr":
                before, after = for_parts(one), for_parts(other)
                return _intro(before) == _intro(after) and all(map(self.implies, before.results, after.results))
        return False

    def _calls(self, name: str, before: list[Node], after: list[Node]) -> bool:
        if name == "anytrue" and self._has(*_CONDITIONAL, *_SHORT_CIRCUITS):
            return False  # an element that is false may have skipped a part that fails
        if name in _ELEMENTWISE and len(before) == len(after) == 1:
            return self.implies(before[0], after[0])
        if name == "contains" and len(before) == len(after) == 2 and _text(before[1]) == _text(after[1]):
            try:
                old, new = (effective(Type(), constant(each)) for each in (before[0], after[0]))
            except NotConstant:
                return False
            return isinstance(old, list) and isinstance(new, list) and all(element in new for element in old)
        return False


def _intro(loop: For) -> tuple[tuple[str, ...], str, str]:
    return loop.names, _text(loop.collection), "" if loop.only_if is None else _text(loop.only_if)


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
        # in brackets, an operand may have several lines
        operands = [expression(f"(\n{each.decode()}\n)") for each in (before, after) if each.strip()]
        return None if None in operands else cls(text_of(sign), tuple(filter(None, operands)))

    def is_bound_within(self, other: _Operation) -> bool:
        """Whether both compare the same with a number, and this is as strict."""
        one, two = self.bound(), other.bound()
        if one is None or two is None or one[:2] != two[:2]:
            return False
        (_, direction, number, excluded), (_, _, new, new_excluded) = one, two
        if number == new:
            return excluded or not new_excluded
        return (number > new) is (direction == ">")

    def bound(self) -> tuple[str, str, float, bool] | None:
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


def _whole(text: str) -> str:
    """A pattern for ``text`` that is not a part of a longer name or of a string."""
    return rf"(?<![\w.\"-]){re.escape(text)}(?![\w.\[\"-])"


def _text(node: Node) -> str:
    return normalised(text_of(unwrapped(node)))
