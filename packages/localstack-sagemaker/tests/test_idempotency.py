"""Client tokens: a repeated request changes nothing."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.examples import request_for
from emulated.inprocess import InProcess
from emulated.recipes import ROLE, model

from localstack_sagemaker.provider import sagemaker_provider
from localstack_sagemaker.store import store_of

TOKEN = "0123456789abcdef0123456789abcdef"
TOKENS = {
    name: member
    for name in sorted(sagemaker_provider().operations)
    for member in ("ClientToken", "ClientRequestToken")
    if member in getattr(model().operation_model(name).input_shape, "members", {})
}
PIPELINE: dict[str, Any] = {"PipelineName": "p", "PipelineDefinition": "{}", "RoleArn": ROLE}


def test_a_repeated_create_answers_the_first(account: Account) -> None:
    first = account.sagemaker.create_pipeline(**PIPELINE, ClientRequestToken=TOKEN)
    again = account.sagemaker.create_pipeline(**PIPELINE, ClientRequestToken=TOKEN)
    assert again["PipelineArn"] == first["PipelineArn"]
    _, message = error_of(lambda: account.sagemaker.create_pipeline(**PIPELINE))
    assert "Pipeline with name (p) already exists" in message


def test_a_repeated_start_starts_one_execution(account: Account) -> None:
    account.sagemaker.create_pipeline(**PIPELINE)
    start = account.sagemaker.start_pipeline_execution
    arns = {start(PipelineName="p", ClientRequestToken=TOKEN)["PipelineExecutionArn"] for _ in range(2)}
    assert len(arns) == 1
    assert len(account.sagemaker.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"]) == 1
    start(PipelineName="p")
    assert len(account.sagemaker.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"]) == 2


def test_a_repeated_version_has_the_same_number(account: Account) -> None:
    account.sagemaker.create_image(ImageName="i", RoleArn=ROLE)
    version: dict[str, Any] = {"ImageName": "i", "BaseImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"}
    arns = {account.sagemaker.create_image_version(**version, ClientToken="t-1")["ImageVersionArn"] for _ in range(2)}
    assert len(arns) == 1
    assert [one["Version"] for one in account.sagemaker.list_image_versions(ImageName="i")["ImageVersions"]] == [1]


def test_a_token_with_other_parameters_is_rejected(account: Account) -> None:
    account.sagemaker.create_pipeline(**PIPELINE, ClientRequestToken=TOKEN)
    other = PIPELINE | {"PipelineDescription": "other"}
    code, message = error_of(lambda: account.sagemaker.create_pipeline(**other, ClientRequestToken=TOKEN))
    assert code == "ValidationException"
    assert "was used with other parameters before" in message


def test_a_token_is_free_after_the_resource_is_deleted(account: Account) -> None:
    for _ in range(2):
        account.sagemaker.create_pipeline(**PIPELINE, ClientRequestToken=TOKEN)
        for _ in range(2):
            account.sagemaker.delete_pipeline(PipelineName="p", ClientRequestToken=TOKEN)
    assert account.sagemaker.list_pipelines()["PipelineSummaries"] == []


@pytest.mark.parametrize("operation", TOKENS)
def test_each_operation_with_a_token_can_be_repeated(operation: str) -> None:
    account: Any = InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))
    request = {**request_for(account, operation), TOKENS[operation]: TOKEN}
    account.set_clock("manual")
    first = account.call(operation, dict(request))
    account.advance(1)
    before = _state(account)
    assert account.call(operation, dict(request)) == first
    assert _state(account) == before


def _state(account: Any) -> list[str]:
    account.call("ListModels", {})  # applies what is due
    return [repr(record) for record in store_of("sagemaker", account.account, account.region).all()]
