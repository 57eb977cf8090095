"""Every List operation: filters by name and time, and orders, of three items that are created an hour apart."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import pytest
from emulated.recipes import call, model
from emulated.several import LISTS, fresh, several

# without filters and orders, or of nodes that take time to start
NEITHER = {"ListClusterNodes", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution"}
NEITHER |= {"ListTrainingJobsForHyperParameterTuningJob"}
MEMBERS = {name: model().operation_model(name).input_shape.members for name in LISTS if name not in NEITHER}
TIMES = ("CreationTime", "CreateDate", "CreatedAt", "StartTime", "ScheduledTime", "RegistrationTime")
HOUR = 3600


@functools.cache
def _three(operation: str) -> tuple[Any, dict[str, Any], datetime.datetime]:
    """An account with three items, the List request, and the time at which the second item was made."""
    account = fresh()
    request, add, _ = several(account, operation)
    account.set_clock("manual")
    account.advance(10**6)
    middle = 0.0
    for number in range(1, 4):
        account.advance(HOUR)
        add(number)
        middle = account.clock_now() if number == 2 else middle
    account.advance(HOUR)
    return account, request, datetime.datetime.fromtimestamp(middle, datetime.UTC)


def _listed(operation: str, **filters: Any) -> list[Any]:
    account, request, _ = _three(operation)
    found = call(account, operation, {**request, **filters, "MaxResults": 100})
    found.pop("TotalHits", None)
    (items,) = found.values()
    return list(items)


def _created(item: Any) -> datetime.datetime:
    found: datetime.datetime = item[next(name for name in TIMES if name in item)]
    return found


def _with(*endings: str) -> list[tuple[str, str]]:
    return [(name, member) for name, members in MEMBERS.items() for member in members if member.endswith(endings)]


@pytest.mark.parametrize(
    ("operation", "member"), [(name, one) for name, one in _with("After", "Before") if not one.startswith("Latest")]
)
def test_time_filters(operation: str, member: str) -> None:
    middle = _three(operation)[2]
    word = "LastModifiedTime" if "Modified" in member else ""
    a_while = datetime.timedelta(minutes=20)
    for moment in (middle - a_while, middle + a_while):
        shown = _listed(operation, **{member: moment})
        later = member.endswith("After")
        expected = [
            one
            for one in _listed(operation)
            if (((one.get(word) if word else None) or _created(one)) > moment) == later
        ]
        assert shown == expected
        assert len(expected) >= 1


@pytest.mark.parametrize(("operation", "member"), _with("NameContains", "NamePrefix"))
def test_name_filters(operation: str, member: str) -> None:
    assert _listed(operation, **{member: "none-such"}) == []
    everything = _listed(operation)
    if any("item-2" in str(one) for one in everything) and member in ("NameContains", "PipelineNamePrefix"):
        word = "item-2" if member.endswith("Prefix") else "TEM-2"
        assert _listed(operation, **{member: word}) == [one for one in everything if "item-2" in str(one)]


@pytest.mark.parametrize("operation", [name for name, members in MEMBERS.items() if "SortOrder" in members])
def test_orders(operation: str) -> None:
    up, down = (next(one for one in MEMBERS[operation]["SortOrder"].enum if one[0] == letter) for letter in "AD")
    sorts = MEMBERS[operation]["SortBy"].enum if "SortBy" in MEMBERS[operation] else [None]
    for by in sorts or [None]:
        chosen = {"SortBy": by} if by else {}
        ascending = _listed(operation, **chosen, SortOrder=up)
        assert _listed(operation, **chosen, SortOrder=down) == ascending[::-1]
        if by and by.replace("_", "").upper() in ("CREATIONTIME", "SCHEDULEDTIME", "CREATEDATE"):
            assert ascending == sorted(ascending, key=_created)
