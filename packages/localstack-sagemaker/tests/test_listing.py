"""List operations: pages, filters and order, for every kind, on a clock that is moved by hand."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import Shape
from emulated.account import Account, refused
from emulated.recipes import RECIPES, Made, Recipe, call, list_of, list_operation, make, model

from localstack_sagemaker.kinds import KINDS

Three = Callable[[str], tuple[Account, dict[str, Made]]]

# three of a kind beside each other: what an account has once, and what AWS names, is tested where it belongs
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
    """Three of a kind in an account of their own, made once for all tests that only look at them."""

    @functools.cache
    def make_once(noun: str) -> tuple[Account, dict[str, Made]]:
        account = Account(url)
        return account, _make_three(account, noun)

    return make_once


def _make_three(account: Account, noun: str) -> dict[str, Made]:
    """Make `b-2`, `a-1` and `c-3`, an hour between them, all at rest."""
    known: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)
    account.clock("manual")
    account.advance(10**6)
    made = {}
    for name in ("b-2", "a-1", "c-3"):
        account.advance(3600)
        made[name] = make(account, noun, known, **{KINDS[noun].key[-1]: name})
    account.advance(3600)
    return made


def _names(items: list[Any]) -> list[str]:
    """What tells the three apart: the name, or the ARN's end where a summary has no name."""
    return [next(name for name in ("b-2", "a-1", "c-3") if name in str(item)) for item in items]


def _listed(account: Account, noun: str, made: Made, **filters: Any) -> list[str]:
    return _names(list_of(account, noun, made, **filters))


@pytest.mark.parametrize("noun", SEVERAL)
def test_pages_hold_everything_once(three: Three, noun: str) -> None:
    account, made = three(noun)
    operation = list_operation(noun)
    beside = {name: made["a-1"][name] for name in KINDS[noun].key[:-1] if name in _members(noun)}
    found, token = [], {}
    for _ in range(3):
        page = call(account, operation, {**beside, **token, "MaxResults": 1})
        token = {"NextToken": page.pop("NextToken")} if "NextToken" in page else {}
        ((name,),) = map(_names, page.values())
        found.append(name)
    assert not token
    assert found == _listed(account, noun, made["a-1"])
    assert sorted(found) == ["a-1", "b-2", "c-3"]


@pytest.mark.parametrize("noun", _having("NameContains"))
def test_names_are_searched_without_case(three: Three, noun: str) -> None:
    account, made = three(noun)
    assert _listed(account, noun, made["a-1"], NameContains="A") == ["a-1"]
    assert _listed(account, noun, made["a-1"], NameContains="none") == []


@pytest.mark.parametrize("noun", _having("CreationTimeAfter", "CreatedAfter"))
def test_times_bound_a_list(three: Three, noun: str) -> None:
    account, made = three(noun)
    after = next(name for name in ("CreationTimeAfter", "CreatedAfter") if name in _members(noun))
    before = after.replace("After", "Before")
    now = account.control("/clock").document["now"]
    middle = datetime.datetime.fromtimestamp(now - 2 * 3600, datetime.UTC)
    instant = datetime.timedelta(seconds=1)
    assert _listed(account, noun, made["a-1"], **{after: middle + instant}) == ["c-3"]
    assert _listed(account, noun, made["a-1"], **{before: middle - instant}) == ["b-2"]
    window = {after: middle - instant, before: middle + instant}
    assert _listed(account, noun, made["a-1"], **window) == ["a-1"]


@pytest.mark.parametrize("noun", _having("StatusEquals"))
def test_a_status_selects(account: Account, noun: str) -> None:
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    account.fault("fail", operation=f"Create{noun}", name="a-1")
    made = _make_three(account, noun)
    account.advance(10**6)
    assert _listed(account, noun, made["a-1"], StatusEquals=lifecycle.failed) == ["a-1"]
    last = lifecycle.create[-1].status
    assert sorted(_listed(account, noun, made["a-1"], StatusEquals=last)) == ["b-2", "c-3"]


@pytest.mark.parametrize("noun", _having("SortOrder"))
def test_order_turns_round(three: Three, noun: str) -> None:
    account, made = three(noun)
    up, down = (next(one for one in _members(noun)["SortOrder"].enum if one[0] == letter) for letter in "AD")
    shown = {order: _listed(account, noun, made["a-1"], SortOrder=order) for order in (up, down)}
    assert shown[up] == shown[down][::-1]
    assert shown[up] in (["a-1", "b-2", "c-3"], ["b-2", "a-1", "c-3"]), "neither by name nor by time"


@pytest.mark.parametrize("noun", _having("SortBy"))
def test_every_order_that_the_model_has_is_one(three: Three, noun: str) -> None:
    account, made = three(noun)
    ways = _members(noun)["SortBy"].enum
    for way in ways:
        order = {"SortOrder": next(one for one in _members(noun)["SortOrder"].enum if one[0] == "A")}
        shown = _listed(account, noun, made["a-1"], SortBy=way, **order)
        if way.upper().replace("_", "").endswith("NAME"):
            assert shown == ["a-1", "b-2", "c-3"], way
        elif way.upper().replace("_", "").startswith("CREATION"):
            assert shown == ["b-2", "a-1", "c-3"], way
        else:
            assert sorted(shown) == ["a-1", "b-2", "c-3"], way


def test_ten_are_a_page_unless_asked_for_more(account: Account) -> None:
    for number in range(12):
        make(account, "ModelPackageGroup", ModelPackageGroupName=f"g-{number}")
    client = account.sagemaker
    first = client.list_model_package_groups()
    assert len(first["ModelPackageGroupSummaryList"]) == 10
    rest = client.list_model_package_groups(NextToken=first["NextToken"])
    assert len(rest["ModelPackageGroupSummaryList"]) == 2
    assert "NextToken" not in rest
    assert len(client.list_model_package_groups(MaxResults=100)["ModelPackageGroupSummaryList"]) == 12


@pytest.mark.parametrize("token", ["rubbish", "bm9uZQ==", "eyJzdGFydCI6IC0xfQ=="])
def test_a_token_of_nobody_is_refused(account: Account, token: str) -> None:
    code, message = refused(lambda: account.sagemaker.list_models(NextToken=token))
    assert (code, message) == ("ValidationException", "Invalid pagination token")
