"""The file of permissions, the parts of READMEs made of it, and what differs from the calls of stories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import RecordedCall
from modproof.run.module_permissions import Made, assigned, of_modules, uses
from modproof.run.permission_file import actions, differences, document, documented, read
from modproof.run.switches import Switches
from modproof.stories import of_example

ACCOUNT, REGION = "123456789012", "eu-west-1"
MODULE = """
variable "name" { type = string }
variable "retention" {
  type    = map(number)
  default = {}
}
variable "is_streaming" { default = false }
locals { streams = var.is_streaming ? { main = 1 } : {} }
resource "aws_cloudwatch_log_group" "this" {
  name = "/jobs/${var.name}"
}
resource "aws_cloudwatch_log_stream" "this" {
  for_each = local.streams
  name     = each.key
}
resource "aws_cloudwatch_query_definition" "this" {
  for_each = { for key, value in var.unknown : key => value }
}
"""
EXAMPLE = """
module "logs" {
  source       = "../../modules/logs"
  name         = "demo"
  is_streaming = true
}
"""
README = "# logs\n\n<!-- BEGIN_PERMISSIONS -->\n<!-- END_PERMISSIONS -->\n\nEnd.\n"


def call(operation: str, caller: str = "aws_cloudwatch_log_group") -> RecordedCall:
    names = {"logGroupName": "/jobs/demo"}
    modules = ("module.logs",)
    return RecordedCall("logs", operation, ACCOUNT, REGION, identifiers=names, caller=caller, modules=modules)


READ, CREATE = call("ListTagsForResource"), call("CreateLogGroup")
STREAM = call("CreateLogStream", "aws_cloudwatch_log_stream")
CALLS = {"plan": (READ,), "apply": (READ, CREATE, STREAM)}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {"modules/logs/main.tf": MODULE, "modules/logs/README.md": README, "examples/logs/main.tf": EXAMPLE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Project(tmp_path)


def made(project: Project, calls: dict[str, tuple[RecordedCall, ...]]) -> list[Made]:
    story = of_example(project.root / "examples/logs", project)
    return [Made(story, calls, uses(project, story))]


def content(project: Project) -> dict[str, Any]:
    calls = assigned(made(project, CALLS))
    return document(project, calls, of_modules(project, calls, ["logs"], checked=False))


def test_types_that_the_smallest_case_does_not_have_depend_on_inputs(project: Project) -> None:
    assert Switches(project, "logs").of_types == {"aws_cloudwatch_log_stream": ("is_streaming",)}
    case = "cases: {minimal: {variables: {name: demo, is_streaming: true}}}\n"
    (project.cases / "logs").mkdir(parents=True)
    (project.cases / "logs/cases.yaml").write_text(case)
    assert Switches(project, "logs").of_types == {}


def test_the_file_has_statements_switches_and_the_actions_of_resource_types(project: Project) -> None:
    found = content(project)
    assert found["modules"]["logs"]["switches"] == {"logs:CreateLogStream": ["is_streaming"]}
    assert [each["Action"] for each in found["modules"]["logs"]["plan"]] == [["logs:ListTagsForResource"]]
    assert found["resource_types"]["aws_cloudwatch_log_stream"] == {"plan": [], "apply": ["logs:CreateLogStream"]}


def test_a_readme_has_a_row_for_resources_that_depend_on_the_same_inputs(project: Project) -> None:
    [(path, text)] = documented(project, content(project)).items()
    assert path == project.root / "modules/logs/README.md"
    assert "prints the policies: 1 action to plan, and 3 to apply, update and destroy." in text
    assert "| logs | `log-group:/jobs/${name}` | `ListTagsForResource` | `CreateLogGroup` |  |\n" in text
    assert "| `CreateLogStream` | `is_streaming` |\n" in text
    path.write_text(text)
    assert documented(project, content(project)) == {path: text}
    path.write_text("# logs\n")
    assert documented(project, content(project)) == {}


def test_differences_from_the_stories_are_found_in_both_directions(project: Project) -> None:
    written = content(project)
    assert differences(project, made(project, CALLS), written, complete=True) == []
    more = {**CALLS, "destroy": (call("DeleteLogGroup"),)}
    found = differences(project, made(project, more), written, complete=False)
    assert any("logs: apply: logs:DeleteLogGroup on" in line for line in found)
    less = {"plan": (READ,)}
    assert differences(project, made(project, less), written, complete=False) == []
    assert any(
        line.startswith("no story needs: logs: apply: logs:CreateLogGroup")
        for line in differences(project, made(project, less), written, complete=True)
    )


def test_a_call_without_an_action_is_a_difference(project: Project) -> None:
    found = differences(project, made(project, {"apply": (call("MadeUp"),)}), content(project), complete=False)
    assert any("logs.MadeUp maps to no IAM action" in line for line in found)


def edited(plan: Any) -> str:
    modules = {"logs": {"plan": plan, "apply": [], "switches": {}}}
    return json.dumps({"schema": 1, "modules": modules, "resource_types": {}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not exist"),
        ("{", "is not JSON"),
        (json.dumps({"schema": 0}), "schema 1"),
        (json.dumps({"schema": 1, "modules": {}}), "resource_types: "),
        (json.dumps({"schema": 1, "modules": {"logs": []}, "resource_types": {}}), r"modules\.logs: "),
        (edited([{"Resource": ["*"]}]), r"modules\.logs\.plan\.0\.Action: "),
        (edited([{"Action": "logs:ListTagsForResource", "Resource": ["*"]}]), r"modules\.logs\.plan\.0\.Action: "),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(project: Project, text: str | None, message: str) -> None:
    if text is not None:
        project.permissions.parent.mkdir()
        project.permissions.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read(project)
    with pytest.raises(ConfigurationError, match=message):
        actions(project)
