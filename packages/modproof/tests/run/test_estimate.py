"""Permissions estimated from planned resource types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modproof.cases.sources.checkout import Checkout
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Outcome, Place
from modproof.report.permissions import permissions_json
from modproof.run.configured_types import configured_types
from modproof.run.estimate import estimate, estimated, planned_types
from modproof.run.services import Services

PLACE = Place("plan.json")
PLAN: dict[str, Any] = {
    "planned_values": {"root_module": {"child_modules": [{"resources": [{"type": "aws_dynamodb_table"}]}]}},
    "prior_state": {"values": {"root_module": {"resources": [{"mode": "data", "type": "aws_vpc"}]}}},
    "resource_changes": [{"mode": "managed", "type": "aws_s3_bucket_versioning"}],
}


def actions(result: Any, phase: str) -> set[str]:
    return {action for policy in result.policies[phase] for each in policy["Statement"] for action in each["Action"]}


def test_types_are_those_of_resources_and_data_sources_in_all_modules() -> None:
    assert planned_types([PLAN]) == {"aws_dynamodb_table", "data.aws_vpc", "aws_s3_bucket_versioning"}


def test_an_estimate_has_recorded_and_declared_actions_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    types = {"aws_s3_bucket_versioning", "aws_dynamodb_table", "aws_made_up", "terraform_data", "data.aws_partition"}
    found = estimated("queues", types, Project(tmp_path), PLACE)
    assert found.outcome is Outcome.PASSED
    assert {"s3:GetBucketVersioning", "dynamodb:DescribeTable"} <= actions(found, "plan")
    assert {"s3:PutBucketVersioning", "dynamodb:CreateTable"} <= actions(found, "apply") - actions(found, "plan")
    estimate_, declared, missing = found.notes
    assert estimate_.startswith("this is an estimate from 3 planned resource types")
    assert declared.endswith(": aws_dynamodb_table from AWS::DynamoDB::Table")
    assert missing.endswith(": aws_made_up")


def test_the_project_knows_its_own_recorded_types(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.permissions.parent.mkdir()
    own = {"aws_made_up": {"plan": ["sqs:ListQueues"], "apply": ["sqs:TagQueue"]}}
    project.permissions.write_text(json.dumps({"schema": 1, "modules": {}, "resource_types": own}))
    found = estimated("queues", {"aws_made_up"}, project, PLACE)
    assert (actions(found, "plan"), actions(found, "apply")) == ({"sqs:ListQueues"}, {"sqs:ListQueues", "sqs:TagQueue"})


def test_plans_with_the_same_file_name_have_their_own_policies(tmp_path: Path) -> None:
    names = [str(tmp_path / folder / "plan.json") for folder in ("develop", "production")]
    for name in names:
        Path(name).parent.mkdir()
        Path(name).write_text(json.dumps(PLAN))
    with Services(Project(tmp_path)) as services:
        results = estimate(services, names)
    assert list(json.loads(permissions_json(results))["stories"]) == names


@pytest.mark.parametrize(
    ("text", "where"),
    [('{"schema": 1}', "modules: "), ('{"schema": 1, "modules": {}, "resource_types": []}', "resource_types: ")],
)
def test_a_file_of_permissions_that_was_changed_by_hand_is_refused(tmp_path: Path, text: str, where: str) -> None:
    project = Project(tmp_path)
    project.permissions.parent.mkdir()
    project.permissions.write_text(text)
    with pytest.raises(ConfigurationError, match=where):
        estimated("queues", {"aws_sqs_queue"}, project, PLACE)


def test_a_case_that_cannot_be_planned_is_an_error(make_project: Callable[[dict[str, str]], Path]) -> None:
    wrong = "cases:\n  wrong:\n    variables: {name: nobody}\n"
    with Services(Project(make_project({"tests/unit/greeting/cases.yaml": wrong}))) as services:
        [found] = estimate(services, ["greeting"])
    assert found.outcome is Outcome.ERROR
    [problem] = found.errors
    assert problem.message.startswith("greeting/wrong cannot be planned: ")
    assert problem.hint == "modproof plan greeting/wrong"


EXAMPLE = """
variable "is_streaming" { default = false }
module "logs" {
  source   = "../../modules/logs"
  count    = 1
  name     = "demo"
  streams  = var.is_streaming ? ["a"] : []
}
module "absent" {
  source = "../../modules/logs"
  count  = var.is_streaming ? 1 : 0
}
module "vpc" { source = "terraform-aws-modules/vpc/aws" }
data "aws_vpc" "main" {}
"""
LOGS = """
variable "name" { type = string }
variable "streams" { default = [] }
resource "aws_cloudwatch_log_group" "this" { name = var.name }
resource "aws_cloudwatch_log_stream" "this" {
  for_each = toset(var.streams)
}
"""


def test_a_repository_without_cases_and_stories_is_estimated_from_its_code(tmp_path: Path) -> None:
    files = {"modules/logs/main.tf": LOGS, "examples/one/main.tf": EXAMPLE, "examples/two/main.tf": EXAMPLE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    found = configured_types(tmp_path / "examples/one", Checkout.of(tmp_path))
    assert found.types == {"aws_cloudwatch_log_group", "data.aws_vpc"}
    with Services(Project(tmp_path)) as services:
        results = estimate(services, ["examples", "logs"])
        assert [each.story for each in estimate(services, [])] == ["logs"]
        with pytest.raises(ConfigurationError, match="absent"):
            estimate(services, ["absent"])
    assert [each.story for each in results] == ["examples/one", "examples/two", "logs"]
    assert all("logs:CreateLogGroup" in actions(each, "apply") for each in results)
    assert (results[0].notes[0], results[0].notes[-1]) == (
        "this is an estimate from 2 resource types in the code: no call was recorded for it",
        "not read, so that their types are missing: terraform-aws-modules/vpc/aws",
    )


def test_nothing_planned_is_an_error(tmp_path: Path) -> None:
    assert estimated("queues", {"terraform_data"}, Project(tmp_path), PLACE).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a plan"),
        ('{"planned_values": []}', "is not a plan"),
        ('{"planned_values": {"root_module": {"resources": [{"name": "no type"}]}}}', "is not a plan"),
        ('{"planned_values": {}, "resource_changes": null}', "is not a plan"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_not_a_plan_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text)
    with Services(Project(tmp_path)) as services, pytest.raises(ConfigurationError, match=message):
        estimate(services, [str(file)])
