"""Condition operators.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import datetime
import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .patterns import Context, arn_matches, literal, matches, substituted

__all__ = ["Condition", "parse_conditions"]

Test = Callable[[str, str], bool]
"""(value in the policy, value in the request) → whether they match"""


def _number(compare: Callable[[Any, Any], bool]) -> Test:
    def test(wanted: str, found: str) -> bool:
        try:
            return compare(float(found), float(wanted))
        except ValueError:
            return False

    return test


def _moment(text: str) -> datetime.datetime:
    """A time in seconds since 1970, or in a format of https://www.w3.org/TR/NOTE-datetime, such as `2027-01`."""
    if re.fullmatch(r"\d{4}(-\d\d)?", text):
        text = f"{text}-01-01"[:10]
    try:
        return datetime.datetime.fromtimestamp(float(text), datetime.UTC)
    except ValueError:
        found = datetime.datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _date(compare: Callable[[Any, Any], bool]) -> Test:
    def test(wanted: str, found: str) -> bool:
        try:
            return compare(_moment(found), _moment(wanted))
        except (ValueError, OverflowError, OSError):
            return False

    return test


def _address(wanted: str, found: str) -> bool:
    try:
        return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_TESTS: dict[str, Test] = {
    "StringEquals": lambda wanted, found: literal(wanted) == found,
    "StringEqualsIgnoreCase": lambda wanted, found: literal(wanted).lower() == found.lower(),
    "StringLike": matches,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "BinaryEquals": lambda wanted, found: wanted == found,
    "IpAddress": _address,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    **{f"Numeric{name}": _number(compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": _date(compare) for name, compare in _COMPARISONS.items()},
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
_CANONICAL = {name.lower(): name for name in (*_TESTS, *_NEGATED, "Null")}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, one key and the values in the policy. An unknown operator never matches."""

    name: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    quantifier: str = ""
    """`forallvalues`, `foranyvalue` or empty"""
    with_variables: bool = True
    """whether the policy's version has variables"""
    _test: Test | None = field(init=False, repr=False, compare=False)
    _negated: bool = field(init=False, repr=False, compare=False)
    _has_variables: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # a condition is parsed once and decides at every request
        object.__setattr__(self, "_negated", self.name in _NEGATED)
        object.__setattr__(self, "_test", _TESTS.get(_NEGATED.get(self.name, self.name)))
        object.__setattr__(self, "_has_variables", self.with_variables and any("${" in value for value in self.values))

    def holds(self, context: Context) -> bool:
        """Whether the condition matches the request."""
        found = context.get(self.key)
        if self.name == "Null":
            return any((found is None) == (value.lower() == "true") for value in self.values)
        negated, test = self._negated, self._test
        if test is None:
            return False
        values = _texts(found)
        if not values:
            return self.quantifier == "forallvalues" or self.if_exists or (negated and not self.quantifier)
        wanted: Sequence[str] = self.values
        if self._has_variables:
            # no value equals a variable without a value, and negated operators match:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
            wanted = [text for one in self.values if (text := substituted(one, context)) is not None]
        results = [any(test(one, value) for one in wanted) != negated for value in values]
        if self.quantifier == "foranyvalue" or (not self.quantifier and not negated):
            return any(results)
        return all(results)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    listed = value if isinstance(value, list | tuple) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in listed]


def parse_conditions(block: Mapping[str, Any], *, with_variables: bool = True) -> tuple[Condition, ...]:
    """The conditions of a statement's `Condition` element."""
    return tuple(_parse(block, with_variables))


def _parse(block: Mapping[str, Any], with_variables: bool) -> Iterable[Condition]:
    for full, keys in block.items():
        quantifier, _, name = full.rpartition(":")
        plain = name.lower()
        if_exists = plain.endswith("ifexists")
        known = _CANONICAL.get(plain.removesuffix("ifexists"), name)
        for key, values in keys.items():
            yield Condition(known, key.lower(), tuple(_texts(values)), if_exists, quantifier.lower(), with_variables)
