"""Injected faults apply to matching calls, the given number of times."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import KINDS, RECIPES, Made, Recipe, call, describe, key_of, make

LIFECYCLES = {noun: kind.lifecycle for noun, kind in sorted(KINDS.items()) if kind.lifecycle}
CAN_FAIL = [noun for noun, lifecycle in LIFECYCLES.items() if lifecycle.failed]
UPDATE_CAN_FAIL = [noun for noun in CAN_FAIL if LIFECYCLES[noun].update and RECIPES[noun].change]


def test_throttling_applies_n_times(account: Account) -> None:
    account.inject_fault("throttle", operation="ListModels", times=3)
    responses = [account.send("ListModels", {}) for _ in range(5)]
    assert [one.status for one in responses] == [400, 400, 400, 200, 200]
    assert (responses[0].code, responses[0].message) == ("ThrottlingException", "Rate exceeded")
    (fault,) = account.control("/faults").document["faults"][-1:]
    assert fault["used"] == 3


def test_sdk_retries_throttled_calls(account: Account) -> None:
    account.inject_fault("throttle", operation="CreateModel", times=2)
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
    response = client.create_model(ModelName="m", PrimaryContainer={"Image": "i"})
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert [one["ModelName"] for one in account.sagemaker.list_models()["Models"]] == ["m"]


def test_error_changes_nothing(account: Account) -> None:
    account.inject_fault("error", operation="Create*", code="ResourceLimitExceeded", message="no more of these")
    assert error_of(lambda: make(account, "Model")) == ("ResourceLimitExceeded", "no more of these")
    assert account.sagemaker.list_models()["Models"] == []
    make(account, "Model")


def test_unlimited_fault_applies_until_removed(account: Account) -> None:
    response = account.control("/faults", "POST", effect="throttle", times=0)
    for _ in range(3):
        assert account.send("ListModels", {}).code == "ThrottlingException"
    assert account.control(f"/faults/{response.document['id']}").document["used"] == 3
    assert account.control(f"/faults/{response.document['id']}", "DELETE").document == {"removed": 1}
    assert account.send("ListModels", {}).status == 200
    assert account.control(f"/faults/{response.document['id']}").status == 404


@pytest.mark.parametrize(
    "fault",
    [{"operation": "DescribeModel"}, {"name": "other-*"}, {"region": "eu-west-1"}, {"account": "000000000001"}],
    ids=lambda fault: next(iter(fault)),
)
def test_fault_ignores_other_calls(account: Account, fault: dict[str, str]) -> None:
    document = {"effect": "error", "operation": "CreateModel", "name": "example", **fault}
    assert account.control("/faults", "POST", **document).status == 201
    make(account, "Model")
    account.control("/faults", "DELETE")


@pytest.mark.parametrize("noun", CAN_FAIL)
def test_create_fails_with_the_reason(account: Account, noun: str) -> None:
    lifecycle = LIFECYCLES[noun]
    account.inject_fault("fail", operation=_create_operation(noun), reason="because")
    shown = describe(account, noun, make(account, noun))
    assert shown[lifecycle.member] == lifecycle.failed
    if lifecycle.reason:
        assert shown[lifecycle.reason] == "because"


@pytest.mark.parametrize("noun", UPDATE_CAN_FAIL)
def test_update_fails_with_the_reason(account: Account, noun: str) -> None:
    lifecycle = LIFECYCLES[noun]
    account.inject_fault("fail", operation=f"Update{noun}", reason="because")
    made = make(account, noun)
    if noun == "NotebookInstance":
        account.sagemaker.stop_notebook_instance(NotebookInstanceName="example")
    call(account, f"Update{noun}", key_of(noun, made, f"Update{noun}") | RECIPES[noun].change)
    shown = describe(account, noun, made)
    assert shown[lifecycle.member] == (lifecycle.update_failed or lifecycle.failed)


@pytest.mark.parametrize("noun", sorted(noun for noun in set(LIFECYCLES) - set(CAN_FAIL) if LIFECYCLES[noun].create))
def test_kinds_without_failed_status_do_not_fail(account: Account, noun: str) -> None:
    account.inject_fault("fail", operation=f"Create{noun}")
    assert describe(account, noun, make(account, noun))[LIFECYCLES[noun].member] == LIFECYCLES[noun].create[-1].status


def _create_operation(noun: str) -> str:
    return RECIPES.get(noun, Recipe()).created_by or f"Create{noun}"


def test_capacity_fault_has_the_aws_reason(account: Account) -> None:
    account.inject_fault("capacity", operation="CreateTrainingJob")
    shown = describe(account, "TrainingJob", make(account, "TrainingJob"))
    assert shown["TrainingJobStatus"] == "Failed"
    assert shown["FailureReason"].startswith(
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
    )


def test_slow_fault_adds_aws_seconds(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "EndpointConfig", made)
    account.set_clock("manual")
    account.inject_fault("slow", operation="CreateEndpoint", seconds=600)
    endpoint = make(account, "Endpoint", made)
    account.advance(240 + 599)
    assert describe(account, "Endpoint", endpoint)["EndpointStatus"] == "Creating"
    account.advance(1)
    assert describe(account, "Endpoint", endpoint)["EndpointStatus"] == "InService"


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"effect": "explode"}, "effect must be one of error, throttle, fail, capacity, rollback, rolling_back, "),
    ({}, "effect must be one of"),
    ({"effect": "fail", "times": -1}, "times must be a non-negative integer"),
    ({"effect": "fail", "times": True}, "times must be a non-negative integer"),
    ({"effect": "slow", "seconds": "long"}, "seconds must be a non-negative number"),
    ({"effect": "fail", "name": 3}, "name must be a string"),
    ({"effect": "fail", "nam": "x"}, "unknown key 'nam'; a fault has effect, operation, name"),
]


@pytest.mark.parametrize(("document", "text"), INVALID)
def test_invalid_fault_is_rejected(account: Account, document: dict[str, Any], text: str) -> None:
    response = account.control("/faults", "POST", **document)
    assert response.status == 400
    assert text in response.document["error"]


WITH_ROLE = [
    "CreateModel",
    "CreateNotebookInstance",
    "CreateTrainingJob",
    "CreatePipeline",
    "CreateDomain",
    "CreateImage",
]


@pytest.mark.parametrize("operation", WITH_ROLE)
def test_role_is_not_assumable_until_iam_has_propagated_it(account: Account, operation: str) -> None:
    noun = operation.removeprefix("Create")
    account.inject_fault("propagation", operation="Create*", times=2)
    # a call without a role is neither refused nor counted
    account.sagemaker.create_code_repository(
        CodeRepositoryName="c", GitConfig={"RepositoryUrl": "https://example.com/c"}
    )
    texts = [error_of(lambda: make(account, noun)) for _ in range(2)]
    words = "is invalid. Please ensure" if noun == "Model" else "Could not assume role"
    assert [(code, words in message) for code, message in texts] == [("ValidationException", True)] * 2
    make(account, noun)
