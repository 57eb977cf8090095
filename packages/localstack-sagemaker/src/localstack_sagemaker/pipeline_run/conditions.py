"""Evaluates the conditions of a condition step, on resolved values.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["holds"]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: Mapping[str, Any]) -> bool:
    """Whether a condition holds. Raises ValueError for an unknown type or values that cannot be compared."""
    type_ = str(condition.get("Type"))
    if type_ == "Not":
        return not holds(condition["Expression"])
    if type_ == "Or":
        return any(holds(one) for one in condition["Conditions"])
    if type_ == "In":
        return condition["QueryValue"] in condition["Values"]
    if type_ not in _COMPARISONS:
        raise ValueError(f"condition type {type_} is not known")
    left, right = condition["LeftValue"], condition["RightValue"]
    try:
        return _COMPARISONS[type_](_number(left), _number(right))
    except TypeError:
        raise ValueError(f"{left!r} and {right!r} cannot be compared") from None


def _number(value: Any) -> Any:
    """A number in a text as a number: JSON files and parameters may have either."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
