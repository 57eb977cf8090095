"""Each operation over HTTP: the implemented ones held to botocore's model, the others refused by name.

The plug-in's own table decides what is tested; `Account.client` holds the answers to their shapes, here and in
every other test.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from emulated.account import Account
from emulated.examples import EXAMPLES, request_for
from emulated.minimal import minimal
from emulated.recipes import RECIPES, call

from localstack_sagemaker.autoscaling import autoscaling_provider
from localstack_sagemaker.budgets import budgets_provider
from localstack_sagemaker.provider import sagemaker_provider

PROVIDERS = {one.service: one for one in (sagemaker_provider(), autoscaling_provider(), budgets_provider())}
SAGEMAKER = PROVIDERS["sagemaker"]
IMPLEMENTED = [(service, name) for service, one in PROVIDERS.items() for name in sorted(one.operations)]
MISSING = [
    (service, name)
    for service, one in PROVIDERS.items()
    for name in one.model.operation_names
    if name not in one.operations
]


@pytest.mark.parametrize("operation", sorted(SAGEMAKER.operations))
def test_an_answer_is_what_the_model_promises(account: Account, operation: str) -> None:
    call(account, operation, request_for(account, operation))


def test_examples_are_of_what_there_is() -> None:
    assert set(EXAMPLES) <= set(SAGEMAKER.operations)
    assert set(RECIPES) <= set(SAGEMAKER.kinds)


@pytest.mark.parametrize(("service", "operation"), IMPLEMENTED)
def test_each_required_member_that_is_missing_is_named(account: Account, service: str, operation: str) -> None:
    shape = PROVIDERS[service].model.operation_model(operation).input_shape
    for path, request in _without_one(shape, minimal(shape)):
        answered = account.send(operation, request, service)
        assert (answered.status, answered.code) == (400, "ValidationException"), (path, answered)
        wanted = f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: "
        assert answered.message == wanted + "Member must not be null"


def _without_one(shape: Shape | None, whole: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request that lacks one required member, however deep, and the member's path as AWS writes it."""
    for steps in _required(shape, whole, ()):
        request = copy.deepcopy(whole)
        place = request
        for step in steps[:-1]:
            place = place[step]
        del place[steps[-1]]
        words = [f"{step + 1}.member" if isinstance(step, int) else step[0].lower() + step[1:] for step in steps]
        yield ".".join(words), request


def _required(shape: Shape | None, value: Any, before: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(shape, StructureShape):
        yield from ((*before, name) for name in shape.required_members)
        for name, item in value.items():
            yield from _required(shape.members[name], item, (*before, name))
    elif isinstance(shape, ListShape) and value:
        yield from _required(shape.member, value[0], (*before, 0))


@pytest.mark.parametrize(("service", "operation"), MISSING)
def test_what_is_not_implemented_says_so(account: Account, service: str, operation: str) -> None:
    answered = account.send(operation, {}, service)
    assert (answered.status, answered.code) == (400, "UnsupportedOperation")
    assert answered.message == f"{service} {operation} is not implemented by localstack-sagemaker"


WRONG: Mapping[str, tuple[bytes | dict[str, Any], str, str]] = {
    "no JSON": (b"{", "SerializationException", "JSON"),
    "a list for a structure": (b"[]", "SerializationException", ""),
    "a number for a name": ({"ModelName": 1, "PrimaryContainer": {}}, "SerializationException", "modelName"),
    "a text for a structure": (
        {"ModelName": "m", "PrimaryContainer": "x"},
        "SerializationException",
        "ContainerDefinition",
    ),
    "a malformed name": (
        {"ModelName": "no spaces"},
        "ValidationException",
        "Value 'no spaces' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    ),
    "a name that is too long": (
        {"ModelName": "m" * 64},
        "ValidationException",
        "at 'modelName' failed to satisfy constraint: Member must have length less than or equal to 63",
    ),
    "an empty list": (
        {"ModelName": "m", "VpcConfig": {"Subnets": [], "SecurityGroupIds": ["sg-1"]}},
        "ValidationException",
        "Value '[]' at 'vpcConfig.subnets' failed to satisfy constraint: Member must have length greater than or "
        "equal to 1",
    ),
    "two faults": (
        {"ModelName": "-", "ExecutionRoleArn": "role"},
        "ValidationException",
        "2 validation errors detected: Value '-' at 'modelName'",
    ),
    "an unknown choice": (
        {"ModelName": "m", "PrimaryContainer": {"Mode": "Both"}},
        "ValidationException",
        "Value 'Both' at 'primaryContainer.mode' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SingleModel, MultiModel]",
    ),
}


@pytest.mark.parametrize(("body", "code", "words"), WRONG.values(), ids=WRONG.keys())
def test_malformed_input_is_answered_as_aws_does(account: Account, body: Any, code: str, words: str) -> None:
    answered = account.send("CreateModel", body)
    assert (answered.status, answered.code) == (400, code), answered
    assert words in answered.message
    assert account.sagemaker.list_models()["Models"] == []


def test_an_operation_that_no_service_has_is_not_a_5xx(account: Account) -> None:
    answered = account.send("CreateMiracle", {})
    assert (answered.status, answered.code) == (400, "UnknownOperationException")


@pytest.mark.parametrize("service", ["application-autoscaling", "budgets"])
def test_other_services_of_the_plug_in_are_as_careful(account: Account, service: str) -> None:
    assert account.send("CreateMiracle", {}, service).code == "UnknownOperationException"
    assert account.send("TagResource", b"{", service).code == "SerializationException"
