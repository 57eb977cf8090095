"""The expressions of Search: filters, nested filters and sub-expressions, on the properties of a resource.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchExpression.html
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from . import errors

__all__ = ["comparable", "matches", "values_at"]

_LIST_SEPARATOR = ","


def matches(document: Mapping[str, Any], expression: Mapping[str, Any]) -> bool:
    """Whether a resource satisfies an expression. Raises ValidationException if a value does not fit its property."""
    results = [
        *(_filter(document, one) for one in expression.get("Filters") or []),
        *(_nested(document, one) for one in expression.get("NestedFilters") or []),
        *(matches(document, one) for one in expression.get("SubExpressions") or []),
    ]
    if not results:
        return True
    return any(results) if expression.get("Operator") == "Or" else all(results)


def _nested(document: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    """Whether one object of a list satisfies all filters. Their names start with the list's."""
    name = nested["NestedPropertyName"]
    inside = [{**one, "Name": one["Name"].removeprefix(f"{name}.")} for one in nested["Filters"]]
    return any(
        all(_filter(item, one) for one in inside) for item in values_at(document, name) if isinstance(item, Mapping)
    )


def _filter(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    found = [value for value in values_at(document, wanted["Name"]) if value is not None]
    operator, value = wanted.get("Operator") or "Equals", wanted.get("Value")
    if operator in ("Exists", "NotExists"):
        return bool(found) == (operator == "Exists")
    if value is None:
        raise errors.validation(f"Value must be specified for operator {operator} of filter {wanted['Name']}.")
    if operator == "NotEquals":
        return not any(_OPERATORS["Equals"](one, value) for one in found)
    return any(_OPERATORS[operator](one, value) for one in found)


def values_at(document: Any, path: str) -> Iterator[Any]:
    """All values of a property. Lists are walked through; keys of maps may contain dots.

    Tags and metrics are lists of named values, and their property is NAME of `Tags.NAME`.
    """
    if isinstance(document, list):
        for item in document:
            yield from values_at(item, path)
        return
    if not isinstance(document, Mapping):
        return
    if path in document:
        value = document[path]
        yield from value if isinstance(value, list) else [value]
        return
    for name, value in document.items():
        if path.startswith(f"{name}."):
            rest = path[len(name) + 1 :]
            yield from _named(value, rest) if name in _NAMED else values_at(value, rest)


_NAMED = {"Tags": ("Key", "Value"), "Metrics": ("MetricName", "Last"), "FinalMetricDataList": ("MetricName", "Value")}


def _named(items: Iterable[Mapping[str, Any]], path: str) -> Iterator[Any]:
    for item in items:
        for key, value in _NAMED.values():
            if item.get(key) == path:
                yield item.get(value)
            elif path in (key, value) and path in item:
                yield item[path]
            elif key in item and path.startswith(f"{item[key]}."):
                yield item.get(path[len(item[key]) + 1 :])


def comparable(value: Any) -> Any:
    """The value that orders a property: a number, or text."""
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        # the values of trial components' parameters
        return next((value[name] for name in ("NumberValue", "StringValue", "Value") if name in value), str(value))
    return value


def _parsed(actual: Any, text: str) -> Any:
    """The text of a filter as a value of the property's type. Raises ValueError or TypeError."""
    if isinstance(actual, datetime.datetime):
        try:
            return float(text)
        except ValueError:
            moment = datetime.datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    return float(text) if isinstance(comparable(actual), (int, float)) else text


def _compared(test: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def compare(actual: Any, text: str) -> bool:
        try:
            return test(comparable(actual), _parsed(actual, text))
        except ValueError:
            return False

    return compare


def _in(actual: Any, text: str) -> bool:
    return any(_OPERATORS["Equals"](actual, one.strip()) for one in text.split(_LIST_SEPARATOR))


_OPERATORS: dict[str, Callable[[Any, str], bool]] = {
    "Equals": _compared(lambda actual, wanted: bool(actual == wanted)),
    "GreaterThan": _compared(lambda actual, wanted: bool(actual > wanted)),
    "GreaterThanOrEqualTo": _compared(lambda actual, wanted: bool(actual >= wanted)),
    "LessThan": _compared(lambda actual, wanted: bool(actual < wanted)),
    "LessThanOrEqualTo": _compared(lambda actual, wanted: bool(actual <= wanted)),
    "Contains": lambda actual, wanted: wanted.lower() in str(comparable(actual)).lower(),
    "In": _in,
}
