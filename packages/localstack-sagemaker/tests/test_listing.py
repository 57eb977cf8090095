"""List operations over HTTP: status filter, documented orders, page sizes and tokens, with a manual clock."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import Shape
from emulated.account import Account, error_of
from emulated.recipes import RECIPES, Made, Recipe, list_of, list_operation, make, model

from localstack_sagemaker.kinds import KINDS

Three = Callable[[str], tuple[Account, dict[str, Made]]]

# kinds with caller-assigned names of which an account can have several; others have separate tests
SEVERAL = [
    noun
    for noun, kind in KINDS.items()
    if not kind.assign_key and not RECIPES.get(noun, Recipe()).single and not RECIPES.get(noun, Recipe()).created_by
]


def _members(noun: str) -> dict[str, Shape]:
    members: dict[str, Shape] = model().operation_model(list_operation(noun)).input_shape.members
    return members


def _having(*members: str) -> list[str]:
    return [noun for noun in SEVERAL if any(member in _members(noun) for member in members)]


@pytest.fixture(scope="module")
def three(url: str) -> Three:
    """Three resources of a kind in a separate account, created once for all read-only tests."""

    @functools.cache
    def make_once(noun: str) -> tuple[Account, dict[str, Made]]:
        account = Account(url)
        return account, _make_three(account, noun)

    return make_once


def _make_three(account: Account, noun: str) -> dict[str, Made]:
    """Create `b-2`, `a-1` and `c-3`, one hour apart, and wait for their final status."""
    known: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)
    account.set_clock("manual")
    account.advance(10**6)
    made = {}
    for name in ("b-2", "a-1", "c-3"):
        account.advance(3600)
        made[name] = make(account, noun, known, **{KINDS[noun].key[-1]: name})
    account.advance(3600)
    return made


def _names(items: list[Any]) -> list[str]:
    """The names of the three in order, read from the ARN if a summary has no name."""
    return [next(name for name in ("b-2", "a-1", "c-3") if name in str(item)) for item in items]


def _listed(account: Account, noun: str, made: Made, **filters: Any) -> list[str]:
    return _names(list_of(account, noun, made, **filters))


@pytest.mark.parametrize("noun", ["Pipeline", "TrainingJob"])
def test_times_in_requests(three: Three, noun: str) -> None:
    account, made = three(noun)
    after = next(name for name in ("CreationTimeAfter", "CreatedAfter") if name in _members(noun))
    before = after.replace("After", "Before")
    now = account.control("/clock").document["now"]
    middle = datetime.datetime.fromtimestamp(now - 2 * 3600, datetime.UTC)
    # more than a second: requests have whole seconds
    instant = datetime.timedelta(seconds=2)
    assert _listed(account, noun, made["a-1"], **{after: middle + instant}) == ["c-3"]
    assert _listed(account, noun, made["a-1"], **{before: middle - instant}) == ["b-2"]
    window = {after: middle - instant, before: middle + instant}
    assert _listed(account, noun, made["a-1"], **window) == ["a-1"]


def _can_fail(noun: str) -> bool:
    lifecycle = KINDS[noun].lifecycle
    return bool(lifecycle and lifecycle.failed)


@pytest.mark.parametrize("noun", list(filter(_can_fail, _having("StatusEquals"))))
def test_status_filter(account: Account, noun: str) -> None:
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    account.inject_fault("fail", operation=f"Create{noun}", name="a-1")
    made = _make_three(account, noun)
    account.advance(10**6)
    assert _listed(account, noun, made["a-1"], StatusEquals=lifecycle.failed) == ["a-1"]
    last = lifecycle.create[-1].status
    assert sorted(_listed(account, noun, made["a-1"], StatusEquals=last)) == ["b-2", "c-3"]


@pytest.mark.parametrize("noun", _having("SortOrder"))
def test_order_is_the_documented_one(three: Three, noun: str) -> None:
    account, made = three(noun)
    found = {}
    for member, unsaid in (("SortBy", KINDS[noun].listing.sort_by), ("SortOrder", "Descending")):
        text = _members(noun)[member].documentation if member in _members(noun) else ""
        documented = re.search(r"default(?: value)? is (?:<code>)?(\w+)", text)
        found[member] = documented[1] if documented else unsaid
    order = ["a-1", "b-2", "c-3"] if found["SortBy"].endswith("Name") else ["b-2", "a-1", "c-3"]
    descending = found["SortOrder"].upper() == "DESCENDING" and not (
        found["SortBy"] == "Name" and not KINDS[noun].listing.descending
    )
    assert _listed(account, noun, made["a-1"]) == (order[::-1] if descending else order)


DOCUMENTED = {
    "CodeRepository": ["a-1", "b-2", "c-3"],
    "EndpointConfig": ["c-3", "a-1", "b-2"],
    "HyperParameterTuningJob": ["a-1", "b-2", "c-3"],
    "NotebookInstance": ["a-1", "b-2", "c-3"],
    "Project": ["b-2", "a-1", "c-3"],
    "TrainingJob": ["b-2", "a-1", "c-3"],
}


@pytest.mark.parametrize("noun", DOCUMENTED)
def test_documented_orders(three: Three, noun: str) -> None:
    account, made = three(noun)
    assert _listed(account, noun, made["a-1"]) == DOCUMENTED[noun]


def test_filters_for_what_the_emulator_never_has_select_nothing(three: Three) -> None:
    account, made = three("TrainingJob")
    assert _listed(account, "TrainingJob", made["a-1"], WarmPoolStatusEquals="Available") == []
    account, made = three("ModelPackageGroup")
    groups = functools.partial(_listed, account, "ModelPackageGroup", made["a-1"])
    assert (len(groups(CrossAccountFilterOption="SameAccount")), groups(CrossAccountFilterOption="CrossAccount")) == (
        3,
        [],
    )


def test_default_page_size_is_ten(account: Account) -> None:
    for number in range(12):
        make(account, "ModelPackageGroup", ModelPackageGroupName=f"g-{number}")
    client = account.sagemaker
    first = client.list_model_package_groups()
    assert len(first["ModelPackageGroupSummaryList"]) == 10
    rest = client.list_model_package_groups(NextToken=first["NextToken"])
    assert len(rest["ModelPackageGroupSummaryList"]) == 2
    assert "NextToken" not in rest
    assert len(client.list_model_package_groups(MaxResults=100)["ModelPackageGroupSummaryList"]) == 12


@pytest.mark.parametrize("token", ["invalid", "bm9uZQ==", "eyJzdGFydCI6IC0xfQ=="])
def test_invalid_token_is_rejected(account: Account, token: str) -> None:
    code, message = error_of(lambda: account.sagemaker.list_models(NextToken=token))
    assert (code, message) == ("ValidationException", "Invalid pagination token")


def test_a_token_names_the_last_item_and_not_a_position(account: Account) -> None:
    client = account.sagemaker
    by_name: dict[str, Any] = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 2}
    for name in "bdfh":
        make(account, "ModelPackageGroup", ModelPackageGroupName=name)
    first = client.list_model_package_groups(**by_name)
    assert _group_names(first) == ["b", "d"]
    # deleted and created on both sides of the first page's end, and its last item
    for name in "bdf":
        client.delete_model_package_group(ModelPackageGroupName=name)
    for name in "ae":
        make(account, "ModelPackageGroup", ModelPackageGroupName=name)
    second = client.list_model_package_groups(**by_name, NextToken=first["NextToken"])
    assert _group_names(second) == ["e", "h"]
    assert "NextToken" not in second


def test_items_of_the_same_second_are_on_one_page_each(account: Account) -> None:
    account.set_clock("manual")
    for number in range(7):
        make(account, "ModelPackageGroup", ModelPackageGroupName=f"g-{number}")
    pages = account.sagemaker.get_paginator("list_model_package_groups").paginate(PaginationConfig={"PageSize": 2})
    assert sorted(name for page in pages for name in _group_names(page)) == [f"g-{number}" for number in range(7)]


def _group_names(page: Any) -> list[str]:
    return [one["ModelPackageGroupName"] for one in page["ModelPackageGroupSummaryList"]]
