"""The inputs of a module on which resources, arguments and so actions depend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modproof.core.project import Project
from modproof.core.results import RecordedCall
from modproof.run.module_permissions import Made, assigned, of_modules, uses
from modproof.run.permission_file import document
from modproof.run.switches import Switches
from modproof.stories import of_example

ACCOUNT, REGION = "123456789012", "eu-west-1"
MODULE = """
variable "name" { type = string }
variable "subnet_id" { default = null }
variable "is_private" { default = true }
variable "key" {
  type    = string
  default = null
}
variable "buckets" {
  type = map(object({ empties = optional(bool, false) }))
}
locals {
  subnet = var.is_private ? var.subnet_id : null
  # does not change whether there is a key
  key = var.key == null ? null : "${var.key}-${var.name}"
}
resource "aws_sagemaker_notebook_instance" "this" {
  name       = var.name
  subnet_id  = local.subnet
  kms_key_id = local.key
  tags       = var.key == null ? {} : { key = var.key }
}
resource "aws_s3_bucket" "this" {
  for_each      = var.buckets
  bucket        = each.key
  force_destroy = each.value.empties
}
"""
CASES = """
cases:
  minimal:
    variables: {name: demo, buckets: {data: {}}}
  public:
    variables: {name: demo, buckets: {data: {empties: true}}, subnet_id: subnet-1, is_private: false}
  unknown:
    variables: {name: demo, buckets: {}, subnet_id: subnet-1}
    unknown: [subnet_id]
"""
PRIVATE = {"name": "demo", "subnet_id": "subnet-1", "buckets": {"data": {}}}
NOTEBOOK = "aws_sagemaker_notebook_instance"
CREATE = RecordedCall(
    "sagemaker",
    "CreateNotebookInstance",
    ACCOUNT,
    REGION,
    members=frozenset({"SubnetId", "Tags"}),
    identifiers={"NotebookInstanceName": "demo"},
    caller=NOTEBOOK,
    modules=("module.notebook",),
)
EMPTY = RecordedCall(
    "s3",
    "DeleteObjects",
    ACCOUNT,
    REGION,
    identifiers={"Bucket": "data"},
    caller="aws_s3_bucket",
    modules=("module.notebook",),
)


def project_in(folder: Path, example: str = "") -> Project:
    call = f'module "notebook" {{\n  source  = "../../modules/notebook"\n  name    = "demo"\n{example}}}\n'
    files = {
        "modules/notebook/main.tf": MODULE,
        "tests/unit/notebook/cases.yaml": CASES,
        "examples/notebook/main.tf": call,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Project(folder)


@pytest.mark.parametrize(
    ("type_", "arguments", "used_with", "inputs"),
    [
        (NOTEBOOK, ("subnet_id",), PRIVATE, ("is_private", "subnet_id")),
        (NOTEBOOK, ("kms_key_id",), {**PRIVATE, "key": "arn"}, ("key",)),
        ("aws_s3_bucket", ("force_destroy",), {"name": "x", "buckets": {"data": {"empties": True}}}, ("buckets",)),
        # one of the arguments is enough
        (NOTEBOOK, ("subnet_id", "kms_key_id"), PRIVATE, ("is_private", "subnet_id")),
        # every case sets the name, and the resource has no such argument
        (NOTEBOOK, ("name",), PRIVATE, ()),
        (NOTEBOOK, ("volume_size",), PRIVATE, ()),
        # a call that needs the action without the argument
        (NOTEBOOK, ("subnet_id",), {**PRIVATE, "is_private": False}, ()),
    ],
)
def test_inputs_decide_whether_a_resource_has_an_argument(
    tmp_path: Path, type_: str, arguments: tuple[str, ...], used_with: dict[str, Any], inputs: tuple[str, ...]
) -> None:
    found = Switches(project_in(tmp_path), "notebook")
    assert found.of_arguments(type_, arguments, [used_with]) == inputs


def switched(project: Project, *made: RecordedCall) -> dict[str, list[str]]:
    story = of_example(project.root / "examples/notebook", project)
    calls = assigned([Made(story, {"apply": made}, uses(project, story))])
    content = document(project, calls, of_modules(project, calls, ["notebook"], checked=False))
    found: dict[str, list[str]] = content["modules"]["notebook"]["switches"]
    return found


def test_actions_depend_on_the_inputs_of_the_argument_that_causes_them(tmp_path: Path) -> None:
    project = project_in(tmp_path, '  subnet_id = "subnet-1"\n  buckets = { data = { empties = true } }\n')
    assert switched(project, CREATE, EMPTY) == {
        "ec2:CreateNetworkInterface": ["is_private", "subnet_id"],
        "ec2:DescribeSecurityGroups": ["is_private", "subnet_id"],
        "ec2:DescribeSubnets": ["is_private", "subnet_id"],
        "ec2:DescribeVpcs": ["is_private", "subnet_id"],
        "s3:DeleteObject": ["buckets"],
    }


def test_an_action_that_another_call_always_needs_depends_on_nothing(tmp_path: Path) -> None:
    project = project_in(tmp_path, '  subnet_id = "subnet-1"\n  buckets = {}\n')
    reading = RecordedCall("ec2", "DescribeVpcs", ACCOUNT, REGION, caller=NOTEBOOK, modules=("module.notebook",))
    assert "ec2:DescribeVpcs" not in switched(project, CREATE, reading)
