"""No bad request gets an InternalFailure or a 5xx: missing, empty and wrong members of each operation, at any depth."""

from __future__ import annotations

import copy
import json
import random
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from emulated.account import Account
from emulated.examples import request_for
from emulated.inprocess import InProcess
from emulated.minimal import minimal
from emulated.recipes import IMAGE, ROLE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localstack_sagemaker.autoscaling import autoscaling_provider
from localstack_sagemaker.budgets import budgets_provider
from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.provider import sagemaker_provider

PROVIDERS = {one.service: one for one in (sagemaker_provider(), autoscaling_provider(), budgets_provider())}
SAGEMAKER = PROVIDERS["sagemaker"]
OPERATIONS = sorted(SAGEMAKER.operations)
WRONG: tuple[Any, ...] = ("", "example", "x" * 5_000, [], [None], {"a": "b"}, -1, 1e309)

Path = tuple[str | int, ...]


def _fresh() -> InProcess:
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


def _tried(account: InProcess, operation: str, request: dict[str, Any]) -> str:
    """What is wrong with the response to a request; empty if nothing is."""
    try:
        account.call(operation, request)
    except ServiceFailure as failure:
        wrong = failure.code == "InternalFailure" or not 400 <= failure.status_code < 500 or not failure.message
        return f"{operation} {_short(request)}: {failure.code} {failure.message}" if wrong else ""
    return ""


def _short(request: Any) -> str:
    return str(request)[:300]


def _paths(value: Any, before: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*before, name)
            yield from _paths(item, (*before, name))
    elif isinstance(value, list):
        for position, item in enumerate(value[:1]):
            yield (*before, position)
            yield from _paths(item, (*before, position))


def _changed(request: dict[str, Any], path: Path, values: tuple[Any, ...]) -> dict[str, Any]:
    """The request with another value at a path, or without one."""
    found = copy.deepcopy(request)
    parent: Any = found
    for step in path[:-1]:
        parent = parent[step]
    if values:
        parent[path[-1]] = copy.deepcopy(values[0])
    else:
        del parent[path[-1]]
    return found


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_member_may_be_missing_or_wrong(operation: str) -> None:
    account: Any = _fresh()
    request = request_for(account, operation)
    found = [
        _tried(account, operation, _changed(request, path, values))
        for path in _paths(request)
        for values in ((), *((one,) for one in WRONG))
    ]
    assert [one for one in found if one] == []


def _minimal(shape: Shape) -> Any:
    try:
        return minimal(shape)
    except AssertionError:  # no example fits a pattern
        return {} if isinstance(shape, StructureShape) else "example"


def _drawn(shape: Shape, chance: random.Random, depth: int = 0) -> Any:
    """A value of a shape's JSON type, in most cases not valid."""
    if isinstance(shape, StructureShape):
        names = [name for name in shape.members if depth < 4 and chance.random() < 0.3]
        return {**_minimal(shape), **{name: _drawn(shape.members[name], chance, depth + 1) for name in names}}
    if isinstance(shape, ListShape):
        return [_drawn(shape.member, chance, depth + 1) for _ in range(chance.randrange(3))]
    if isinstance(shape, MapShape):
        return {"example": _drawn(shape.value, chance, depth + 1)} if chance.random() < 0.5 else {}
    if shape.type_name == "boolean":
        return chance.random() < 0.5
    if shape.type_name in ("integer", "long", "float", "double"):
        return chance.choice((*[_minimal(shape)] * 3, 0, 7, 10**9))
    if shape.type_name == "timestamp":
        return chance.choice((0, 1_767_225_600, 10**12))
    if shape.type_name == "blob":
        return "eA=="
    return chance.choice(shape.metadata.get("enum") or ("example", *[_minimal(shape)] * 3))


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_any_members_together(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    operation = chance.choice(OPERATIONS)
    account: Any = _fresh()
    request = request_for(account, operation)
    shape = SAGEMAKER.model.operation_model(operation).input_shape
    optional = [name for name in shape.members if name not in request]
    for name in chance.sample(optional, min(len(optional), chance.randrange(5))):
        request[name] = _drawn(shape.members[name], chance)
    assert _tried(account, operation, request) == ""


CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
PROCESS = {
    "RoleArn": ROLE,
    "AppSpecification": {"ImageUri": IMAGE},
    "ProcessingResources": {"ClusterConfig": CLUSTER},
    "ProcessingInputs": [{"InputName": "a", "S3Input": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", "b"]}}}}],
}
DEFINITION: dict[str, Any] = {
    "Version": "2020-12-01",
    "Metadata": {"a": "b"},
    "Parameters": [{"Name": "Rows", "Type": "Integer", "DefaultValue": 1, "EnumValues": [1, 2]}],
    "PipelineExperimentConfig": {"ExperimentName": {"Get": "Execution.PipelineName"}},
    "Steps": [
        {
            "Name": "Process",
            "Type": "Processing",
            "Arguments": PROCESS,
            "PropertyFiles": [{"PropertyFileName": "file", "OutputName": "out", "FilePath": "a.json"}],
        },
        {
            "Name": "Check",
            "Type": "Condition",
            "DependsOn": ["Process"],
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "Or",
                        "Conditions": [
                            {"Type": "LessThan", "LeftValue": {"Get": "Parameters.Rows"}, "RightValue": 2},
                            {"Type": "Not", "Expression": {"Type": "In", "QueryValue": "a", "Values": ["a"]}},
                        ],
                    }
                ],
                "IfSteps": [
                    {
                        "Name": "Ask",
                        "Type": "Callback",
                        "SqsQueueUrl": "q",
                        "Arguments": {"a": 1},
                        "OutputParameters": [{"OutputName": "a", "OutputType": "String"}],
                    }
                ],
                "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
            },
        },
        {
            "Name": "Read",
            "Type": "Lambda",
            "Arguments": {
                "value": {
                    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Process.PropertyFiles.file"}, "Path": "a[0].b"}
                }
            },
        },
    ],
}


@pytest.mark.parametrize("values", [(), *((value,) for value in WRONG)], ids=str)
def test_each_member_of_a_pipeline_definition_may_be_missing_or_wrong(values: tuple[Any, ...]) -> None:
    account = _fresh()
    create = {"PipelineName": "p", "RoleArn": ROLE, "ClientRequestToken": secrets.token_hex(16)}
    account.call("CreatePipeline", {**create, "PipelineDefinition": json.dumps(DEFINITION)})
    wrong = []
    for path in _paths(DEFINITION):
        text = json.dumps(_changed(DEFINITION, path, values))
        found = _tried(account, "UpdatePipeline", {"PipelineName": "p", "PipelineDefinition": text})
        # also if it was refused: an execution of the last one that was not
        found = found or _tried(
            account, "StartPipelineExecution", {"PipelineName": "p", "ClientRequestToken": secrets.token_hex(16)}
        )
        found = found or _tried(account, "ListPipelineExecutions", {"PipelineName": "p"})
        arns = account.call("ListPipelineExecutions", {"PipelineName": "p"})["PipelineExecutionSummaries"]
        for arn in arns[:1]:
            named = {"PipelineExecutionArn": arn["PipelineExecutionArn"]}
            found = found or _tried(account, "ListPipelineExecutionSteps", named)
            found = found or _tried(
                account, "StopPipelineExecution", {**named, "ClientRequestToken": secrets.token_hex(16)}
            )
            found = found or _tried(account, "DescribePipelineDefinitionForExecution", named)
        if found:
            wrong.append(f"{path}: {found}")
    assert not wrong, "\n".join(wrong)


def _few(shape: Any) -> list[tuple[str, Any]]:
    """A wrong value of the first member, and of the first timestamp, which LocalStack converts."""
    times = [name for name, member in shape.members.items() if member.type_name == "timestamp"]
    return [(name, {"a": [1]}) for name in list(shape.members)[:1]] + [(name, 10**12) for name in times[:1]]


@pytest.mark.parametrize("service", PROVIDERS)
def test_members_of_another_json_type_over_http(account: Account, service: str) -> None:
    found = []
    for operation in sorted(PROVIDERS[service].operations):
        shape = PROVIDERS[service].model.operation_model(operation).input_shape
        for name, wrong in _few(shape):
            response = account.send(operation, {**minimal(shape), name: wrong}, service)
            if response.status >= 500 or response.code == "InternalFailure":
                found.append((operation, name, wrong, response))
    assert found == []


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("levels", [150, 100_000])
@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("CreatePipeline", "PipelineDefinition"),
        ("CreateModelCard", "Content"),
        ("PutModelPackageGroupPolicy", "ResourcePolicy"),
    ],
)
def test_json_in_a_string_may_have_any_number_of_levels(levels: int, operation: str, member: str) -> None:
    account = _fresh()
    account.call("CreateModelPackageGroup", {"ModelPackageGroupName": "g"})
    others = {"PipelineName": "p", "RoleArn": ROLE, "ClientRequestToken": "t" * 32, "ModelCardName": "c"}
    others |= {"ModelCardStatus": "Draft", "ModelPackageGroupName": "g"}
    shape = SAGEMAKER.model.operation_model(operation).input_shape
    request = {name: value for name, value in others.items() if name in shape.members}
    with pytest.raises(ServiceFailure) as caught:
        account.call(operation, {**request, member: _nested(levels)})
    assert caught.value.code == "ValidationException"


def test_bodies_that_cannot_be_read_are_bad_requests(account: Account) -> None:
    for body in (b'{"CreationTimeAfter": 1e300}', b'{"A": %s}' % _nested(100_000).encode(), b"\xff"):
        response = account.send("ListModels", body)
        assert (response.status, response.code) == (400, "SerializationException"), body[:40]
    packed = account.send("ListModels", b"{}", encoding="gzip")
    assert (packed.status, packed.code) == (400, "SerializationException")
    assert account.control("/answers", "POST", body=json.loads(_nested(150))).status == 400
