"""Pipelines: executions and the steps that they list."""

from __future__ import annotations

import json
from typing import Any

from emulated.account import Account, error_of
from emulated.recipes import ROLE

FAIL = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "too few rows"}}
TRAIN = {"Name": "Train", "Type": "Training", "Arguments": {}}


def _execution(account: Account, *steps: Any) -> str:
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    account.sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=ROLE)
    return str(account.sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"])


def _steps(account: Account, arn: str) -> dict[str, tuple[str, str]]:
    found = account.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    return {one["StepName"]: (one["StepStatus"], one.get("FailureReason", "")) for one in found}


def test_a_fail_step_fails_the_execution(account: Account) -> None:
    arn = _execution(account, TRAIN, FAIL)
    found = account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (found["PipelineExecutionStatus"], bool(found["FailureReason"])) == ("Failed", True)
    assert _steps(account, arn) == {"Train": ("Succeeded", ""), "Stop": ("Failed", "too few rows")}


def test_an_execution_without_a_fail_step_succeeds(account: Account) -> None:
    arn = _execution(account, TRAIN)
    found = account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (found["PipelineExecutionStatus"], found.get("FailureReason")) == ("Succeeded", None)
    assert _steps(account, arn) == {"Train": ("Succeeded", "")}


def test_steps_of_no_execution_are_a_bad_request(account: Account) -> None:
    code, message = error_of(lambda: account.sagemaker.list_pipeline_execution_steps())
    assert (code, message) == ("ValidationException", "PipelineExecutionArn must be specified.")


def test_a_definition_with_steps_of_another_form_is_listed(account: Account) -> None:
    arn = _execution(account, "text", {"Type": "Fail", "Arguments": []})
    assert _steps(account, arn) == {"step-1": ("Failed", "")}
