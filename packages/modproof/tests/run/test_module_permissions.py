"""The permissions of a module, from the calls of stories."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modproof.core.project import Project
from modproof.core.results import Outcome, RecordedCall, RecordedUnit, StoryResult
from modproof.run.module_permissions import Made, assigned, calling, calls_of, of_modules, uses
from modproof.stories import Story, load, of_example

ACCOUNT, REGION = "123456789012", "eu-west-1"
LOGS = """
variable "name" {}
resource "aws_cloudwatch_log_group" "this" { name = "/jobs/${var.name}" }
"""
EXAMPLE = """
variable "name" { default = "demo" }
module "first" {
  source = "../../modules/logs"
  name   = "${var.name}-first"
}
module "outer" {
  source = "../../modules/outer"
  name   = var.name
}
"""
OUTER = """
variable "name" {}
module "inner" {
  source = "../logs"
  name   = "${var.name}-inner"
}
"""

TREE = """
terragrunt: live
folders:
  one:
    account: "123456789012"
    deployer: {units: [setup], plan_role: plan, apply_role: apply, permissions: one/permissions.json}
"""


def project_in(folder: Path) -> tuple[Project, Story]:
    for name, text in {"modules/logs": LOGS, "modules/outer": OUTER, "examples/logs": EXAMPLE}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "main.tf").write_text(text)
    project = Project(folder)
    return project, of_example(folder / "examples/logs", project)


def call(operation: str, name: str, *modules: str, caller: str = "aws_cloudwatch_log_group") -> RecordedCall:
    members = {"logGroupName": name}
    return RecordedCall("logs", operation, ACCOUNT, REGION, identifiers=members, caller=caller, modules=modules)


CREATE = call("CreateLogGroup", "/jobs/demo-first", "module.first")
CREATE_INNER = call("CreateLogGroup", "/jobs/demo-inner", "module.outer.module.inner")
DELETE = call("DeleteLogGroup", "/jobs/demo-inner", "module.outer.module.inner")
SHARED = call("ListTagsForResource", "/jobs/demo", "module.first", "module.outer.module.inner")
OF_ROOT = call("PutRetentionPolicy", "/other", "")


def test_calls_of_modules_are_found_with_their_inputs(tmp_path: Path) -> None:
    project, story = project_in(tmp_path)
    assert {use.address: (use.module, use.inputs) for use in uses(project, story)} == {
        "module.first": ("logs", {"name": "demo-first"}),
        "module.outer": ("outer", {"name": "demo"}),
        "module.outer.module.inner": ("logs", {"name": "demo-inner"}),
    }
    assert calling(project, [story], ["outer"]) == [story]
    assert calling(project, [story], ["other"]) == []


def test_a_module_needs_the_calls_of_its_resources_in_terms_of_its_inputs(tmp_path: Path) -> None:
    project, story = project_in(tmp_path)
    recorded = Made(story, {"apply": (CREATE, CREATE_INNER, OF_ROOT), "destroy": (DELETE,)}, uses(project, story))
    logs, outer = of_modules(project, assigned([recorded]), ["logs", "outer"])
    assert [(each.story, each.outcome, each.problems) for each in (logs, outer)] == [
        ("logs", Outcome.PASSED, ()),
        ("outer", Outcome.PASSED, ()),
    ]
    resource = "arn:aws:logs:${region}:${account_id}:log-group:/jobs/${name}"
    (policy,) = logs.policies["apply"]
    assert policy["Statement"] == [
        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:DeleteLogGroup"], "Resource": [resource]}
    ]
    (policy,) = outer.policies["apply"]
    assert [each["Resource"] for each in policy["Statement"]] == [[f"{resource}-inner"]]
    assert logs.notes == outer.notes == ()


def test_a_call_that_may_be_of_several_modules_is_of_all_of_them_and_noted(tmp_path: Path) -> None:
    project, story = project_in(tmp_path)
    unknown = call("CreateLogStream", "/x", caller="")
    recorded = Made(story, {"plan": (SHARED, unknown)}, uses(project, story))
    logs, outer = of_modules(project, assigned([recorded]), ["logs", "outer"])
    for found in (logs, outer):
        actions = {action for each in found.policies["plan"][0]["Statement"] for action in each["Action"]}
        assert actions == {"logs:CreateLogStream", "logs:ListTagsForResource"}
    assert outer.notes == (
        "may be of another module: logs.CreateLogStream by an unknown resource in story logs",
        "may be of logs instead: logs.ListTagsForResource by aws_cloudwatch_log_group in story logs",
    )


def test_the_units_of_a_deployer_are_uses_of_their_modules(tmp_path: Path) -> None:
    project, _ = project_in(tmp_path)
    source = "git::https://example.com/team/repository.git//modules/logs?ref=v1.0.0"
    files = {
        "live/units/setup/terragrunt.hcl": f'terraform {{\n  source = "{source}"\n}}\n',
        "tests/integration/tree.yaml": TREE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "live/one").mkdir()
    tree = load(tmp_path / "tests/integration/tree.yaml", project)
    assert calling(project, [tree], ["logs"]) == [tree]
    assert calling(project, [tree], ["outer"]) == []

    create = replace(CREATE, modules=())
    of_state = replace(create, service="s3", operation="PutObject", caller="")
    unit = RecordedUnit("one/setup", source, {"name": "demo-first"}, {"apply": (create, of_state)})
    done = StoryResult(tree.id, (), units=(unit,))
    [made] = calls_of(project, [tree], [done])
    assert [(call.operation, call.modules) for call in made.calls["apply"]] == [("CreateLogGroup", ("one/setup",))]
    [logs] = of_modules(project, assigned([made]), ["logs"])
    [statement] = logs.policies["apply"][0]["Statement"]
    assert statement["Resource"] == ["arn:aws:logs:${region}:${account_id}:log-group:/jobs/${name}"]
