"""Each operation over HTTP: implemented ones match botocore's model, others are rejected by name.

The plug-in's table determines the tested operations. `Account.client` checks responses against their shapes, here and
in every other test.
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
def test_response_matches_the_service_model(account: Account, operation: str) -> None:
    call(account, operation, request_for(account, operation))


def test_examples_refer_to_existing_operations_and_kinds() -> None:
    newer = {"MlflowApp", "CreatePresignedMlflowAppUrl"}
    assert set(EXAMPLES) - newer <= set(SAGEMAKER.operations)
    needed = {need for recipe in RECIPES.values() for need in recipe.needs}
    assert set(RECIPES) - needed - newer <= set(SAGEMAKER.kinds)


@pytest.mark.parametrize(("service", "operation"), IMPLEMENTED)
def test_missing_required_member_is_reported(account: Account, service: str, operation: str) -> None:
    shape = PROVIDERS[service].model.operation_model(operation).input_shape
    for path, request in _without_one(shape, minimal(shape)):
        response = account.send(operation, request, service)
        assert (response.status, response.code) == (400, "ValidationException"), (path, response)
        wanted = f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: "
        assert response.message == wanted + "Member must not be null"


def _without_one(shape: Shape | None, whole: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each request without one required member, at any depth, and the member's path in AWS's format."""
    for steps in _required(shape, whole, ()):
        request = copy.deepcopy(whole)
        parent = request
        for step in steps[:-1]:
            parent = parent[step]
        del parent[steps[-1]]
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
def test_a_refused_operation_names_itself(account: Account, service: str, operation: str) -> None:
    response = account.send(operation, {}, service)
    assert (response.status, response.code) == (400, "UnsupportedOperation")
    assert response.message == f"{service} {operation} is not emulated by localstack-sagemaker"


INVALID: Mapping[str, tuple[bytes | dict[str, Any], str, str]] = {
    "no JSON": (b"{", "SerializationException", "JSON"),
    "JSON that is nested too deeply": (b"[" * 100_000, "SerializationException", ""),
    "a list for a structure": (b"[]", "SerializationException", ""),
    "a number for a name": ({"ModelName": 1, "PrimaryContainer": {}}, "SerializationException", "modelName"),
    "a string for a structure": (
        {"ModelName": "m", "PrimaryContainer": "x"},
        "SerializationException",
        "primaryContainer: str cannot be converted to structure",
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
    "a number for a structure": (
        {"ModelName": "m", "PrimaryContainer": {"Image": "i", "MultiModelConfig": 5}},
        "SerializationException",
        "primaryContainer.multiModelConfig: int cannot be converted to structure",
    ),
    "an empty list": (
        {"ModelName": "m", "VpcConfig": {"Subnets": [], "SecurityGroupIds": ["sg-1"]}},
        "ValidationException",
        "Value '[]' at 'vpcConfig.subnets' failed to satisfy constraint: Member must have length greater than or "
        "equal to 1",
    ),
    "two violations": (
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


@pytest.mark.parametrize(("body", "code", "text"), INVALID.values(), ids=INVALID.keys())
def test_malformed_input_returns_the_aws_error(account: Account, body: Any, code: str, text: str) -> None:
    response = account.send("CreateModel", body)
    assert (response.status, response.code) == (400, code), response
    assert text in response.message
    assert account.sagemaker.list_models()["Models"] == []


def test_unknown_operation_is_not_a_5xx(account: Account) -> None:
    response = account.send("CreateUnknown", {})
    assert (response.status, response.code) == (400, "UnknownOperationException")


@pytest.mark.parametrize("service", ["application-autoscaling", "budgets"])
def test_malformed_input_to_other_services(account: Account, service: str) -> None:
    assert account.send("CreateUnknown", {}, service).code == "UnknownOperationException"
    assert account.send("TagResource", b"{", service).code == "SerializationException"
