"""Faults on request strike what they name, as often as they say, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, refused
from emulated.recipes import KINDS, RECIPES, Made, call, describe, key_of, make

LIVING = {noun: kind.lifecycle for noun, kind in sorted(KINDS.items()) if kind.lifecycle}
FAILING = [noun for noun, lifecycle in LIVING.items() if lifecycle.failed]
CHANGING = [noun for noun in FAILING if LIVING[noun].update and RECIPES[noun].change]


def test_throttling_strikes_n_times(account: Account) -> None:
    account.fault("throttle", operation="ListModels", times=3)
    answers = [account.send("ListModels", {}) for _ in range(5)]
    assert [one.status for one in answers] == [400, 400, 400, 200, 200]
    assert (answers[0].code, answers[0].message) == ("ThrottlingException", "Rate exceeded")
    (rule,) = account.control("/faults").document["faults"][-1:]
    assert rule["used"] == 3


def test_an_sdk_that_retries_gets_through(account: Account) -> None:
    account.fault("throttle", operation="CreateModel", times=2)
    import botocore.session
    from botocore.config import Config

    client = botocore.session.Session().create_client(
        "sagemaker",
        "us-east-1",
        endpoint_url=account.url,
        aws_access_key_id=account.number,
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
    )
    answer = client.create_model(ModelName="m", PrimaryContainer={"Image": "i"})
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [one["ModelName"] for one in account.sagemaker.list_models()["Models"]] == ["m"]


def test_an_error_changes_nothing(account: Account) -> None:
    account.fault("error", operation="Create*", code="ResourceLimitExceeded", message="no more of these")
    assert refused(lambda: make(account, "Model")) == ("ResourceLimitExceeded", "no more of these")
    assert account.sagemaker.list_models()["Models"] == []
    make(account, "Model")


def test_a_rule_without_end_lasts_until_it_is_removed(account: Account) -> None:
    answered = account.control("/faults", "POST", effect="throttle", times=0)
    for _ in range(3):
        assert account.send("ListModels", {}).code == "ThrottlingException"
    assert account.control(f"/faults/{answered.document['id']}").document["used"] == 3
    assert account.control(f"/faults/{answered.document['id']}", "DELETE").document == {"removed": 1}
    assert account.send("ListModels", {}).status == 200
    assert account.control(f"/faults/{answered.document['id']}").status == 404


@pytest.mark.parametrize(
    "rule",
    [{"operation": "DescribeModel"}, {"name": "other-*"}, {"region": "eu-west-1"}, {"account": "000000000001"}],
    ids=lambda rule: next(iter(rule)),
)
def test_a_rule_strikes_only_what_it_names(account: Account, rule: dict[str, str]) -> None:
    document = {"effect": "error", "operation": "CreateModel", "name": "example", **rule}
    assert account.control("/faults", "POST", **document).status == 201
    make(account, "Model")
    account.control("/faults", "DELETE")


@pytest.mark.parametrize("noun", FAILING)
def test_a_creation_fails_with_its_reason(account: Account, noun: str) -> None:
    lifecycle = LIVING[noun]
    account.fault("fail", operation=_creating(noun), reason="because")
    shown = describe(account, noun, make(account, noun))
    assert shown[lifecycle.member] == lifecycle.failed
    if lifecycle.reason:
        assert shown[lifecycle.reason] == "because"


@pytest.mark.parametrize("noun", CHANGING)
def test_an_update_fails_with_its_reason(account: Account, noun: str) -> None:
    lifecycle = LIVING[noun]
    account.fault("fail", operation=f"Update{noun}", reason="because")
    made = make(account, noun)
    if noun == "NotebookInstance":
        account.sagemaker.stop_notebook_instance(NotebookInstanceName="example")
    call(account, f"Update{noun}", key_of(noun, made, f"Update{noun}") | RECIPES[noun].change)
    shown = describe(account, noun, made)
    assert shown[lifecycle.member] == (lifecycle.update_failed or lifecycle.failed)


@pytest.mark.parametrize("noun", sorted(set(LIVING) - set(FAILING)))
def test_what_cannot_fail_does_not(account: Account, noun: str) -> None:
    account.fault("fail", operation=f"Create{noun}")
    assert describe(account, noun, make(account, noun))[LIVING[noun].member] == LIVING[noun].create[-1].status


def _creating(noun: str) -> str:
    return "StartPipelineExecution" if noun == "PipelineExecution" else f"Create{noun}"


def test_capacity_is_a_failure_in_the_words_of_aws(account: Account) -> None:
    account.fault("capacity", operation="CreateTrainingJob")
    shown = describe(account, "TrainingJob", make(account, "TrainingJob"))
    assert shown["TrainingJobStatus"] == "Failed"
    assert shown["FailureReason"].startswith(
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
    )


def test_slow_takes_more_of_aws_seconds(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "EndpointConfig", made)
    account.clock("manual")
    account.fault("slow", operation="CreateEndpoint", seconds=600)
    endpoint = make(account, "Endpoint", made)
    account.advance(240 + 599)
    assert describe(account, "Endpoint", endpoint)["EndpointStatus"] == "Creating"
    account.advance(1)
    assert describe(account, "Endpoint", endpoint)["EndpointStatus"] == "InService"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"effect": "explode"}, "effect must be one of error, throttle, fail, capacity, rollback, slow"),
    ({}, "effect must be one of"),
    ({"effect": "fail", "times": -1}, "times must be a whole number"),
    ({"effect": "fail", "times": True}, "times must be a whole number"),
    ({"effect": "slow", "seconds": "long"}, "seconds must be a number"),
    ({"effect": "fail", "name": 3}, "name must be a text"),
    ({"effect": "fail", "nam": "x"}, "unknown key 'nam'; a fault has effect, operation, name"),
]


@pytest.mark.parametrize(("document", "words"), WRONG)
def test_a_rule_that_makes_no_sense_is_refused(account: Account, document: dict[str, Any], words: str) -> None:
    answered = account.control("/faults", "POST", **document)
    assert answered.status == 400
    assert words in answered.document["error"]
