"""List operations: filters, order and pages, derived from the List input shape.

A filter's name defines its effect: NameContains, StatusEquals, CreationTimeAfter, DomainIdEquals. AWS returns
at most MaxResults (10 by default for most) and an opaque NextToken. A token names the last item of its page, so items
that are created or deleted between two pages neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.model import ListShape, OperationModel, StructureShape

from . import errors
from .call import Call, Kind, Operation
from .records import Record
from .table import Listing
from .written_json import written_json

__all__ = ["list_operation", "moment", "page"]

Test = Callable[[Record, Mapping[str, Any], Any], bool]

_NOT_FILTERS = {"NextToken", "MaxResults", "SortBy", "SortOrder"}
_PAGE_SIZE = 10
_REMEMBERED = 10
"""a token of `page` names the last items of a page, and works until all of them are deleted"""
_DOCUMENTED = re.compile(r"[Dd]efault(?: value)? is (?:<code>)?(\w+)")
_TIME_WORDS = {
    "CreationTime": "created",
    "Creation": "created",
    "Created": "created",
    "ScheduledTime": "created",
    "LastModifiedTime": "modified",
    "LastModified": "modified",
    "ModifiedTime": "modified",
}


def list_operation(
    kind: Kind, model: OperationModel, source: Callable[[Call], Iterable[Record]] | None = None
) -> Operation:
    """Compile the List operation of a kind, over all its resources or those that `source` returns."""
    listing = _as_documented(kind.listing, model)
    items, summary = _summary_shape(model, listing)
    tests = {
        name: _test(kind, listing, name)
        for name in model.input_shape.members
        if name not in _NOT_FILTERS and name not in listing.ignored
    }

    def list_(call: Call) -> Mapping[str, Any]:
        request = call.request
        wanted = [(tests[name], value) for name, value in request.items() if name in tests and value is not None]
        found: list[tuple[Record, dict[str, Any]]] = []
        for record in list(source(call) if source else call.store.of(kind.noun).values()):
            attributes = kind.attributes_of(record)
            if all(test(record, attributes, value) for test, value in wanted):
                found.append((record, attributes))
        ranked = _sorted(kind, listing, found, request)
        part, token = _page_after(ranked, request)
        shown = [_summarised(summary, listing, attributes) for attributes in part]
        return {items: shown} | ({"NextToken": token} if token else {})

    return list_


def _as_documented(listing: Listing, model: OperationModel) -> Listing:
    """The listing with the defaults of SortBy and SortOrder that the service model documents."""
    by, order = _default(model, "SortBy"), _default(model, "SortOrder")
    return replace(
        listing,
        sort_by={"CreatedTime": "CreationTime"}.get(by, by) or listing.sort_by,
        descending=order.upper() == "DESCENDING" if order else listing.descending,
    )


def _default(model: OperationModel, member: str) -> str:
    shape = model.input_shape.members.get(member)
    found = _DOCUMENTED.search(shape.documentation or "") if shape else None
    return found[1] if found else ""


def _summary_shape(model: OperationModel, listing: Listing) -> tuple[str, StructureShape]:
    members = model.output_shape.members
    names = [listing.items] if listing.items else [n for n, s in members.items() if isinstance(s, ListShape)]
    shape = members[names[0]]
    assert isinstance(shape, ListShape)
    return names[0], shape.member


def _summarised(shape: StructureShape, listing: Listing, attributes: Mapping[str, Any]) -> dict[str, Any] | Any:
    if not isinstance(shape, StructureShape):
        return next(iter(attributes.values()))
    shown = {}
    for name in shape.members:
        value = attributes.get(listing.summary.get(name, name))
        if value is not None:
            shown[name] = value
    return shown


def _test(kind: Kind, listing: Listing, name: str) -> Test:
    """Return the filter that an input member defines."""
    status = kind.lifecycle.member if kind.lifecycle else ""
    own_name = listing.name or kind.key[-1]
    if name in listing.filters:
        return _equals(listing.filters[name])
    for ending, later in (("After", True), ("Before", False)):
        word = name.removesuffix(ending)
        if word != name and word in _TIME_WORDS:
            return _time(_TIME_WORDS[word], later)
    if name == "NameContains":
        return _contains(own_name)
    if name == "StatusEquals":
        return _equals(status)
    if name.endswith("NamePrefix"):
        return _starts(own_name)
    if name.endswith("Contains"):
        return _contains(name.removesuffix("Contains"))
    if name.endswith("Equals"):
        return _equals(name.removesuffix("Equals"))
    return _equals(name)


def _equals(attribute: str) -> Test:
    first, _, inner = attribute.partition(".")

    def test(_: Record, attributes: Mapping[str, Any], value: Any) -> bool:
        actual = attributes.get(first)
        if inner:
            actual = (actual or {}).get(inner)
        return value in actual if isinstance(actual, list) else bool(actual == value)

    return test


def _contains(attribute: str) -> Test:
    def test(_: Record, attributes: Mapping[str, Any], value: Any) -> bool:
        return value.lower() in str(attributes.get(attribute) or "").lower()

    return test


def _starts(attribute: str) -> Test:
    def test(_: Record, attributes: Mapping[str, Any], value: Any) -> bool:
        return str(attributes.get(attribute) or "").startswith(value)

    return test


def _time(which: str, later: bool) -> Test:
    def test(record: Record, _: Mapping[str, Any], value: Any) -> bool:
        actual: datetime.datetime = getattr(record, which)
        limit = moment(value)
        return actual > limit if later else actual < limit

    return test


def moment(value: Any) -> datetime.datetime:
    """The time in a request, which is a datetime or a number of epoch seconds, with a time zone."""
    found = value if isinstance(value, datetime.datetime) else datetime.datetime.fromtimestamp(value, datetime.UTC)
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Items in order, each with its rank: text that sorts as the item does, and ends with its unique ARN."""

    items: list[tuple[list[str], dict[str, Any]]]
    descending: bool


def _sorted(
    kind: Kind, listing: Listing, found: list[tuple[Record, dict[str, Any]]], request: Mapping[str, Any]
) -> _Ranked:
    by = request.get("SortBy") or listing.sort_by
    if by.isupper():  # some operations use CREATION_TIME, others CreationTime
        by = "".join(word.title() for word in by.split("_"))
    order = request.get("SortOrder")
    descending = order.upper().startswith("DESC") if order else listing.descending
    own_name = listing.name or kind.key[-1]
    status = kind.lifecycle.member if kind.lifecycle else ""

    def rank(record: Record, attributes: Mapping[str, Any]) -> list[str]:
        name = str(attributes.get(own_name, ""))
        if by in ("Name", own_name):
            return [name, record.arn]
        if by in ("CreationTime", "CreateDate", "ScheduledTime"):
            return [_sortable(record.created), name, record.arn]
        if by == "LastModifiedTime":
            return [_sortable(record.modified), name, record.arn]
        return [_sortable(attributes.get(status if by == "Status" else by, "")), name, record.arn]

    ranked = [(rank(record, attributes), attributes) for record, attributes in found]
    ranked.sort(key=lambda item: item[0], reverse=descending)
    return _Ranked(ranked, descending)


def _sortable(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if isinstance(value, (int, float)):
        return f"{value:040.15f}"
    return str(value)


def _page_after(ranked: _Ranked, request: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The page after the item that the request's token names, whether or not it still exists, and the next token."""
    items = ranked.items
    if request.get("NextToken"):
        last = _decoded(request["NextToken"], "after", list)
        if not all(isinstance(part, str) for part in last):
            raise _invalid_token()
        items = [item for item in items if (item[0] < last if ranked.descending else item[0] > last)]
    part = items[: request.get("MaxResults") or _PAGE_SIZE]
    token = _token({"after": part[-1][0]}) if len(part) < len(items) else None
    return [attributes for _, attributes in part], token


def page(
    items: Sequence[Any], request: Mapping[str, Any], size: int, name: Callable[[Any], str] = repr
) -> tuple[list[Any], str | None]:
    """Return the page that a request selects, and the token of the next page or None.

    `name` tells items apart, also after one of them has changed. Raises ValidationException for a wrong token.
    """
    names = [hashlib.sha256(name(one).encode()).hexdigest()[:16] for one in items]
    start = _start(names, request.get("NextToken"))
    end = start + (request.get("MaxResults") or size)
    last = names[max(start, end - _REMEMBERED) : end]
    token = _token({"start": end, "last": last}) if end < len(items) else None
    return list(items[start:end]), token


def _start(names: list[str], token: str | None) -> int:
    """The position after the last item of the page before that still exists."""
    if not token:
        return 0
    start: int = _decoded(token, "start", int)
    last: list[str] = _decoded(token, "last", list)
    if start < 0:
        raise _invalid_token()
    left = [position for position, name in enumerate(names) if name in last]
    return left[-1] + 1 if left else max(0, start - len(last))


def _invalid_token() -> Exception:
    return errors.validation("Invalid pagination token")


def _token(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


def _decoded(token: str, member: str, expected: type) -> Any:
    try:
        found = written_json(base64.urlsafe_b64decode(token.encode()))[member]
    except (binascii.Error, ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, expected):
        raise _invalid_token()
    return found
