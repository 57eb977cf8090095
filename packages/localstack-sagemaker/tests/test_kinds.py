"""Every kind of the table: create, describe, update, tag, list and delete."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import RECIPES, Made, Recipe, arn_of, call, describe, key_of, list_of, make, model

from localstack_sagemaker.kinds import KINDS
from localstack_sagemaker.provider import sagemaker_provider

OPERATIONS = sagemaker_provider().operations
NOUNS = sorted(noun for noun in KINDS if f"Describe{noun}" in OPERATIONS)
DELETABLE = [noun for noun in NOUNS if f"Delete{noun}" in OPERATIONS]
UPDATABLE = [noun for noun in NOUNS if f"Update{noun}" in OPERATIONS and RECIPES.get(noun, Recipe()).change]
# described in another form: a template's location, a component's image and copies, an instance group's counts
REPLACED = {"UiTemplate", "Specification", "RuntimeConfig", "InstanceGroups"}
# without kinds whose names AWS assigns or that have a different create operation
NAMED = [noun for noun in NOUNS if not KINDS[noun].assign_key and not RECIPES.get(noun, Recipe()).created_by]


def make_modifiable(account: Account, noun: str, made: Made) -> None:
    """Bring a resource to a status that allows updates."""
    if noun == "NotebookInstance":
        call(account, "StopNotebookInstance", key_of(noun, made))


def make_deletable(account: Account, noun: str, made: Made) -> None:
    """Bring a resource to a status that allows deletion."""
    make_modifiable(account, noun, made)
    if noun == "InferenceExperiment":
        call(account, "StopInferenceExperiment", key_of(noun, made) | {"ModelVariantActions": {"live": "Retain"}})


@pytest.mark.parametrize("noun", NOUNS)
def test_describe_returns_the_request(account: Account, noun: str) -> None:
    made = make(account, noun)
    shown = describe(account, noun, made)
    renamed = KINDS[noun].renames
    create = model().operation_model(RECIPES.get(noun, Recipe()).created_by or f"Create{noun}").input_shape
    for member in create.members:
        if member in made and renamed.get(member, member) in shown and member not in REPLACED:
            assert _within(shown[renamed.get(member, member)], made[member]), member
    arn = shown.get(KINDS[noun].arn_attribute) or shown["Arn"]
    assert arn == arn_of(noun, account, made)
    assert f":{account.region}:{account.number}:" in arn


def _within(shown: Any, requested: Any) -> bool:
    """Whether everything requested is present; defaults may have been added."""
    if isinstance(requested, dict):
        return all(name in shown and _within(shown[name], item) for name, item in requested.items())
    if isinstance(requested, list):
        return len(shown) == len(requested) and all(map(_within, shown, requested))
    return bool(shown == requested)


@pytest.mark.parametrize("noun", UPDATABLE)
def test_update_changes_only_requested_members(account: Account, noun: str) -> None:
    made = make(account, noun)
    make_modifiable(account, noun, made)
    before = describe(account, noun, made)
    change = RECIPES[noun].change
    call(account, f"Update{noun}", key_of(noun, made, f"Update{noun}") | change)
    after = describe(account, noun, made)
    volatile = {KINDS[noun].modified_member, "Version", "FailureReason", "LastUpdateStatus", "IsActive"}
    status = KINDS[noun].lifecycle
    volatile |= {name for name in after if name.startswith(noun) and name.endswith("Version")}
    volatile |= {status.member} if status else set()
    differing = {name for name in {*before, *after} if before.get(name) != after.get(name)} - volatile
    assert differing, "nothing changed"
    assert differing <= _shown_names(change), differing


def _shown_names(change: dict[str, Any]) -> set[str]:
    """The Describe members of a change: mostly those of the request."""
    return {*change, "FeatureDefinitions"} if "FeatureAdditions" in change else set(change)


@pytest.mark.parametrize("noun", NAMED)
def test_names_are_unique(account: Account, noun: str) -> None:
    kind = KINDS[noun]
    known: dict[str, Made] = {}
    make(account, noun, known)
    code, message = error_of(lambda: make(account, noun, known))
    assert code == kind.messages.taken_code, message
    assert message
    assert _count(account, noun, known[noun]) == 1


def _count(account: Account, noun: str, made: Made) -> int:
    return len(list_of(account, noun, made))


@pytest.mark.parametrize("noun", DELETABLE)
def test_delete(account: Account, noun: str) -> None:
    kind = KINDS[noun]
    made = make(account, noun)
    arn = arn_of(noun, account, made)
    make_deletable(account, noun, made)
    assert _count(account, noun, made) == 1
    call(account, f"Delete{noun}", key_of(noun, made, f"Delete{noun}"))
    code, message = error_of(lambda: call(account, f"Describe{noun}", key_of(noun, made)))
    assert code == kind.messages.missing_code
    assert message
    assert _count(account, noun, made) == 0
    # with another client token
    again = key_of(noun, made, f"Delete{noun}")
    assert error_of(lambda: call(account, f"Delete{noun}", again))[0] == kind.messages.missing_code
    assert "Could not find" in error_of(lambda: account.sagemaker.list_tags(ResourceArn=arn))[1]


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if KINDS[noun].taggable and not KINDS[noun].refuse_tags])
def test_add_list_and_delete_tags(account: Account, noun: str) -> None:
    arn = arn_of(noun, account, make(account, noun))
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
    and not KINDS[noun].refuse_tags
    and "Tags" in model().operation_model(RECIPES.get(noun, Recipe()).created_by or f"Create{noun}").input_shape.members
]


@pytest.mark.parametrize("noun", TAGGED_AT_CREATION)
def test_tags_in_create_request(account: Account, noun: str) -> None:
    made = make(account, noun, Tags=[{"Key": "owner", "Value": "data science"}])
    arn = arn_of(noun, account, made)
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "data science"}]


def _user_contexts(noun: str) -> list[str]:
    members = model().operation_model(f"Describe{noun}").output_shape.members
    return [name for name, shape in members.items() if shape.name == "UserContext"]


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if _user_contexts(noun)])
def test_creator_and_last_modifier_are_the_caller(account: Account, noun: str) -> None:
    made = make(account, noun)
    me = {"IamIdentity": {"Arn": f"arn:aws:iam::{account.number}:root", "PrincipalId": account.number}}
    shown = describe(account, noun, made)
    assert {name: shown[name] for name in _user_contexts(noun)} == dict.fromkeys(_user_contexts(noun), me)


def test_last_modifier_is_the_role_that_updated(account: Account) -> None:
    make(account, "Experiment")
    arn = account.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    acting = Account(account.url, account.number, account.region, credentials=session["Credentials"])
    acting.sagemaker.update_experiment(ExperimentName="example", Description="changed")
    shown = account.sagemaker.describe_experiment(ExperimentName="example")
    assert shown["CreatedBy"]["IamIdentity"]["Arn"].endswith(":root")
    assert shown["LastModifiedBy"]["IamIdentity"]["Arn"] == session["AssumedRoleUser"]["Arn"]


def test_hub_without_storage_gets_none(account: Account) -> None:
    make(account, "Hub")
    assert "S3StorageConfig" not in account.sagemaker.describe_hub(HubName="example")
