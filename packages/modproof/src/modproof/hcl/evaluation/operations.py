"""Terraform's operators, as far as Python computes them exactly.

Source: https://developer.hashicorp.com/terraform/language/expressions/operators
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from modproof.hcl.evaluation.values import is_number
from modproof.hcl.types import UNKNOWN

__all__ = ["combined", "negated"]

_OF_NUMBERS: Mapping[str, Callable[[int, int], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, other: one // other if other and one % other == 0 else UNKNOWN,
    "%": lambda one, other: one % other if one >= 0 and other > 0 else UNKNOWN,
}


def negated(sign: str, value: Any) -> Any:
    """The value of an operation with one operand, ``-`` or ``!``."""
    if sign == "!":
        return not value if isinstance(value, bool) else UNKNOWN
    return -value if sign == "-" and isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN


def combined(sign: str, values: list[Any]) -> Any:
    """The value of an operation with two operands."""
    if sign in ("&&", "||"):
        decisive = sign == "||"
        if any(value is decisive for value in values):
            return decisive
        return not decisive if all(isinstance(value, bool) for value in values) else UNKNOWN
    if sign in ("==", "!="):
        same = _equal(*values)
        return UNKNOWN if same is UNKNOWN else same is (sign == "==")
    numbers = [int(value) for value in values if is_number(value)]
    return _OF_NUMBERS[sign](*numbers) if len(numbers) == 2 and sign in _OF_NUMBERS else UNKNOWN


def _equal(one: Any, other: Any) -> Any:
    """Whether Terraform takes both for equal. For lists and maps that depends on their types, so that it is UNKNOWN."""
    if UNKNOWN in (one, other):
        return UNKNOWN
    if one is None or other is None:
        return one is other
    if not all(isinstance(value, str | bool) or is_number(value) for value in (one, other)):
        return UNKNOWN
    # in Python, True equals 1
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
