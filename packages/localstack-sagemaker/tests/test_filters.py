"""Every List operation: filters and orders of three items made an hour apart, not in the order of their names."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import pytest
from emulated.recipe import ROLE
from emulated.recipes import call, make, model
from emulated.several import LISTS, fresh, several

# without filters and orders, or of nodes that take time to start
NEITHER = {"ListClusterNodes", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution"}
NEITHER |= {"ListTrainingJobsForHyperParameterTuningJob"}
MEMBERS = {name: model().operation_model(name).input_shape.members for name in LISTS if name not in NEITHER}
TIMES = ("CreationTime", "CreateDate", "CreatedAt", "StartTime", "ScheduledTime", "RegistrationTime")
HOUR = 3600
# an item may have no value of them, or several
OPTIONAL = {"AssociationType", "HubContentType", "ModelPackageType", "OfflineStoreStatusEquals", "Resource"}
OPTIONAL |= {"ManagedBy", "SortBy", "SortOrder", "WarmPoolStatusEquals"}


@functools.cache
def _three(operation: str) -> tuple[Any, dict[str, Any], datetime.datetime]:
    """An account with three items, the List request, and the time at which the second item was made."""
    account = fresh()
    request, add, _ = several(account, operation)
    account.set_clock("manual")
    account.advance(10**6)
    middle = 0.0
    for number in (2, 1, 3):
        account.advance(HOUR)
        add(number)
        middle = account.clock_now() if number == 1 else middle
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


def _number(item: Any) -> int:
    return int(str(item).partition("item-")[2][0])


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
        word = (by or "").replace("_", "").upper()
        if word in ("CREATIONTIME", "SCHEDULEDTIME", "CREATEDATE"):
            assert ascending == sorted(ascending, key=_created)
        elif word.endswith("NAME") and "item-" in str(ascending) and word != "MODELNAME":
            assert [_number(one) for one in ascending] == [1, 2, 3]


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        (operation, name)
        for operation, members in MEMBERS.items()
        for name, shape in members.items()
        if getattr(shape, "enum", None) and name not in OPTIONAL
    ],
)
def test_each_item_has_one_value_of_a_filter(operation: str, member: str) -> None:
    by_value = {value: _listed(operation, **{member: value}) for value in MEMBERS[operation][member].enum}
    everything = _listed(operation)
    assert sorted(map(str, (one for shown in by_value.values() for one in shown))) == sorted(map(str, everything))


def test_feature_groups_by_the_status_of_their_offline_store() -> None:
    account = fresh()
    store = {"S3StorageConfig": {"S3Uri": "s3://example"}}
    make(account, "FeatureGroup", FeatureGroupName="offline", OfflineStoreConfig=store, RoleArn=ROLE)
    make(account, "FeatureGroup", FeatureGroupName="online")
    shown = account.sagemaker.list_feature_groups(OfflineStoreStatusEquals="Active")["FeatureGroupSummaries"]
    assert [one["FeatureGroupName"] for one in shown] == ["offline"]


def test_pipeline_versions_by_time() -> None:
    _, _, middle = _three("ListPipelineVersions")
    shown = _listed("ListPipelineVersions", CreatedAfter=middle + datetime.timedelta(minutes=20))
    assert [one["PipelineVersionId"] for one in shown] == [4]
