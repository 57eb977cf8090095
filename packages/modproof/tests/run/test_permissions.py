"""The permissions that the calls of a story need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Outcome, PermissionsResult, RecordedCall, StepResult, StoryResult
from modproof.report.permissions import permissions_hcl
from modproof.run import permission_file
from modproof.run.permissions import deployer_permissions, derived, results_of
from modproof.run.services import Services
from modproof.stories import of_example

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = RecordedCall("iam", "GetRole", ACCOUNT, "us-east-1", identifiers={"RoleName": "demo-role"})
MODEL = RecordedCall(
    "sagemaker",
    "DescribeModel",
    ACCOUNT,
    REGION,
    arns=(f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/demo",),
)
MODELS = RecordedCall("sagemaker", "ListModels", ACCOUNT, REGION)


def result(calls: Mapping[str, tuple[RecordedCall, ...]], inputs: Mapping[str, str]) -> PermissionsResult:
    return derived(PermissionsResult("notebook-stack", None), calls, inputs)


def test_the_region_of_a_story_is_not_that_of_a_global_service() -> None:
    found = result({"apply": (ROLE, MODEL, MODELS)}, {})
    resources = {
        one for document in found.policies["apply"] for each in document["Statement"] for one in each["Resource"]
    }
    assert found.outcome is Outcome.PASSED
    assert "arn:aws:sagemaker:${region}:${account_id}:model/demo" in resources


@pytest.mark.parametrize("value", ['de"mo', "de\\mo", "démo"])
def test_inputs_with_any_character_are_filled_into_the_policy(value: str) -> None:
    read = RecordedCall("s3", "GetObject", ACCOUNT, REGION, identifiers={"Bucket": "data", "Key": f"{value}/train.csv"})
    assert result({"apply": (read,)}, {"prefix": value}).problems == ()


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Outcome.PASSED, "the story logs makes no AWS call"),
        (Outcome.FAILED, "the story logs does not pass"),
    ],
)
def test_a_story_without_recorded_calls_is_an_error(tmp_path: Path, outcome: Outcome, message: str) -> None:
    example = tmp_path / "examples/logs"
    example.mkdir(parents=True)
    (example / "main.tf").write_text("")
    story = of_example(example, Project(tmp_path))
    done = StoryResult(story.id, (StepResult("apply", outcome, 1.0),), story.place)
    [found] = results_of(story, done, story.place)
    assert found.outcome is Outcome.ERROR
    assert found.errors[0].message.startswith(message)


@pytest.mark.parametrize("command", [deployer_permissions, permission_file.write])
def test_a_project_without_stories_has_no_permissions_and_no_file(
    tmp_path: Path, command: Callable[[Services], object]
) -> None:
    project = Project(tmp_path)
    with Services(project) as services, pytest.raises(ConfigurationError, match="there is no story"):
        command(services)
    assert not project.permissions.exists()


def test_names_in_hcl_start_with_a_letter_or_underscore() -> None:
    found = derived(PermissionsResult("1-notebook", None), {"apply": (MODEL,)}, {})
    assert 'data "aws_iam_policy_document" "_1_notebook_apply" {' in permissions_hcl([found])


def test_inputs_with_hyphens_are_variables_in_hcl() -> None:
    written = permissions_hcl([result({"apply": (MODEL,)}, {"model-name": "demo"})])
    assert "${var.model-name}" in written


def test_accounts_of_other_folders_are_variables_in_hcl() -> None:
    group = RecordedCall(
        "sagemaker", "DescribeModel", ACCOUNT, REGION, arns=(f"arn:aws:sagemaker:{REGION}:111111111111:model/demo",)
    )
    written = permissions_hcl([result({"apply": (group,)}, {"accounts.registry": "111111111111"})])
    assert "${var.accounts.registry}" in written
