"""What holds for every kind of the table: it is made once, described, changed, tagged, listed and deleted."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, refused
from emulated.recipes import RECIPES, Made, Recipe, call, describe, identify, key_of, list_of, make, model

from localstack_sagemaker.kinds import KINDS
from localstack_sagemaker.provider import sagemaker_provider

OPERATIONS = sagemaker_provider().operations
NOUNS = sorted(KINDS)
DELETABLE = [noun for noun in NOUNS if f"Delete{noun}" in OPERATIONS]
UPDATABLE = [noun for noun in NOUNS if f"Update{noun}" in OPERATIONS and RECIPES.get(noun, Recipe()).change]
# AWS keeps the template somewhere and describes where
REPLACED = {"UiTemplate"}
# what a name is no part of: AWS numbers or names these, or their names have other rules
NAMED = [noun for noun in NOUNS if not KINDS[noun].assign_key and not RECIPES.get(noun, Recipe()).created_by]

STAGES = {noun: kind.lifecycle.create if kind.lifecycle else () for noun, kind in KINDS.items()}


def at_rest(account: Account, noun: str, made: Made) -> None:
    """Bring a resource to where it may be changed or deleted."""
    if noun == "NotebookInstance":
        call(account, "StopNotebookInstance", key_of(noun, made))


@pytest.mark.parametrize("noun", NOUNS)
def test_what_was_asked_for_is_described(account: Account, noun: str) -> None:
    made = make(account, noun)
    shown = describe(account, noun, made)
    renamed = KINDS[noun].renames
    create = model().operation_model(RECIPES.get(noun, Recipe()).created_by or f"Create{noun}").input_shape
    for member in create.members:
        if member in made and renamed.get(member, member) in shown and member not in REPLACED:
            assert _within(shown[renamed.get(member, member)], made[member]), member
    assert shown[KINDS[noun].arn_attribute] == identify(noun, account, made)
    assert f":{account.region}:{account.number}:" in shown[KINDS[noun].arn_attribute]


def _within(shown: Any, asked: Any) -> bool:
    """Whether everything that was asked for is there; defaults may have been added."""
    if isinstance(asked, dict):
        return all(name in shown and _within(shown[name], item) for name, item in asked.items())
    if isinstance(asked, list):
        return len(shown) == len(asked) and all(map(_within, shown, asked))
    return bool(shown == asked)


@pytest.mark.parametrize("noun", UPDATABLE)
def test_a_change_is_described_and_the_rest_stays(account: Account, noun: str) -> None:
    made = make(account, noun)
    at_rest(account, noun, made)
    before = describe(account, noun, made)
    change = RECIPES[noun].change
    call(account, f"Update{noun}", key_of(noun, made, f"Update{noun}") | change)
    after = describe(account, noun, made)
    moved = {KINDS[noun].modified_member, "Version", "FailureReason", "LastUpdateStatus", "IsActive"}
    status = KINDS[noun].lifecycle
    moved |= {status.member} if status else set()
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)} - moved
    assert differing, "nothing changed"
    assert differing <= _shown_names(change), differing


def _shown_names(change: dict[str, Any]) -> set[str]:
    """Where a change is shown: mostly under the name it was asked for with."""
    return {*change, "FeatureDefinitions"} if "FeatureAdditions" in change else set(change)


@pytest.mark.parametrize("noun", NAMED)
def test_a_name_is_taken_once(account: Account, noun: str) -> None:
    kind = KINDS[noun]
    known: dict[str, Made] = {}
    make(account, noun, known)
    code, message = refused(lambda: make(account, noun, known))
    assert code == kind.messages.taken_code, message
    assert message
    assert _count(account, noun, known[noun]) == 1


def _count(account: Account, noun: str, made: Made) -> int:
    return len(list_of(account, noun, made))


@pytest.mark.parametrize("noun", DELETABLE)
def test_what_is_deleted_is_gone(account: Account, noun: str) -> None:
    kind = KINDS[noun]
    made = make(account, noun)
    arn = identify(noun, account, made)
    at_rest(account, noun, made)
    assert _count(account, noun, made) == 1
    key = key_of(noun, made, f"Delete{noun}")
    call(account, f"Delete{noun}", key)
    code, message = refused(lambda: call(account, f"Describe{noun}", key_of(noun, made)))
    assert code == kind.messages.missing_code
    assert message
    assert _count(account, noun, made) == 0
    assert refused(lambda: call(account, f"Delete{noun}", key))[0] == kind.messages.missing_code
    assert "Could not find" in refused(lambda: account.sagemaker.list_tags(ResourceArn=arn))[1]


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if KINDS[noun].taggable])
def test_tags_are_added_listed_and_deleted(account: Account, noun: str) -> None:
    arn = identify(noun, account, make(account, noun))
    client = account.sagemaker
    assert client.list_tags(ResourceArn=arn)["Tags"] == []
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    client.delete_tags(ResourceArn=arn, TagKeys=["b", "unknown"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


TAGGED_AT_CREATION = [
    noun
    for noun in NOUNS
    if KINDS[noun].taggable
    and "Tags" in model().operation_model(RECIPES.get(noun, Recipe()).created_by or f"Create{noun}").input_shape.members
]


@pytest.mark.parametrize("noun", TAGGED_AT_CREATION)
def test_tags_may_come_with_the_creation(account: Account, noun: str) -> None:
    made = make(account, noun, Tags=[{"Key": "owner", "Value": "data science"}])
    arn = identify(noun, account, made)
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "data science"}]


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if STAGES[noun]])
def test_statuses_come_one_by_one(account: Account, noun: str) -> None:
    """With a clock that is moved by hand every status of the table is seen, and the last one stays."""
    lifecycle = KINDS[noun].lifecycle
    assert lifecycle
    known: dict[str, Made] = {}
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)
    account.clock("manual")
    made = make(account, noun, known)
    seen = []
    for stage in STAGES[noun]:
        account.advance(stage.after)
        seen.append(describe(account, noun, made)[lifecycle.member])
    assert seen == [stage.status for stage in STAGES[noun]]
    account.advance(10**6)
    assert describe(account, noun, made)[lifecycle.member] == seen[-1]
    assert lifecycle.reason is None or lifecycle.reason not in describe(account, noun, made)
