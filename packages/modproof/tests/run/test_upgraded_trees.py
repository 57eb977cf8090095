"""Upgrades of Terragrunt trees on the real LocalStack, with the real Terragrunt and Terraform, without a provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modproof.core.project import Project
from modproof.core.results import ExampleUpgrade, Outcome
from modproof.emulator import Emulator
from modproof.run.services import Services
from modproof.run.upgrade import UpgradeSelection, upgrade

from ..conftest import Repository, git

MODULE = """\
variable "value" { default = "one" }
resource "terraform_data" "this" { input = var.value }
output "value" { value = terraform_data.this.output }
"""
ROOT = """\
remote_state {
  backend = "s3"

  config = {
    bucket = "states-${get_aws_account_id()}"
    key    = "${replace(path_relative_to_include(), "/.terragrunt-stack", "")}/terraform.tfstate"
    region = "eu-west-1"
  }

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}
"""
UNIT = """\
include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "git::https://example.com/team/repository.git//modules/value?ref=v1.2.0"
}
"""
DEPENDENT = f"""\
{UNIT}
dependency "first" {{
  config_path = "../first"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs = {{
    value = "mock"
  }}
}}

inputs = {{
  value = dependency.first.outputs.value
}}
"""


def stack(*names: str) -> str:
    return "\n".join(
        f'unit "{name}" {{\n  source = "${{find_in_parent_folders("units")}}/{name}"\n  path   = "{name}"\n}}\n'
        for name in names
    )


STORY = """\
terragrunt: live
folders:
  one:
    account: "ACCOUNT"
    # its units are upgraded like all others
    deployer:
      units: [first]
      plan_role: "arn:aws:iam::${account}:role/absent"
      apply_role: "arn:aws:iam::${account}:role/absent"
      permissions: one/permissions.json
    calls:
      - call: sns.create_topic
        with: {Name: seed}
"""
RELEASED = {
    "pyproject.toml": '[tool.modproof]\nprotected = ["terraform_data"]\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- breaking: something\n\n## 1.2.0\n\n- first\n",
    "modules/value/main.tf": MODULE,
    "live/root.hcl": ROOT,
    "live/units/first/terragrunt.hcl": UNIT,
    "live/units/second/terragrunt.hcl": DEPENDENT,
    "live/one/terragrunt.stack.hcl": stack("first", "second"),
}
RENAMED = MODULE.replace("terraform_data.this", "terraform_data.kept").replace('"this"', '"kept"')
MOVED = "moved {\n  from = terraform_data.this\n  to   = terraform_data.kept\n}\n"

LATE = """\
variable "bucket" { type = string }

data "terraform_remote_state" "first" {
  backend = "s3"
  config  = { bucket = var.bucket, key = "one/first/terraform.tfstate", region = "eu-west-1" }
}

resource "terraform_data" "this" { input = data.terraform_remote_state.first.outputs.value }
"""
LATE_UNIT = f"""\
{UNIT.replace("modules/value", "modules/late")}
inputs = {{
  bucket = "states-${{get_aws_account_id()}}"
}}
"""

Upgrade = Callable[..., ExampleUpgrade]


@pytest.fixture
def upgraded(repository: Repository, localstack: Emulator) -> Upgrade:
    def run(changed: dict[str, str], released: dict[str, str] = RELEASED, story: str = STORY) -> ExampleUpgrade:
        story = story.replace("ACCOUNT", localstack.new_account())
        root = repository({**released, "tests/integration/tree.yaml": story}, changed)
        before = git(root, "status", "--porcelain")
        with Services(Project.find(root), endpoint_url=localstack.endpoint_url) as services:
            [example] = upgrade(services, UpgradeSelection()).examples or ()
        assert git(root, "status", "--porcelain") == before
        assert example.errors == ()
        return example

    return run


def actions(example: ExampleUpgrade) -> dict[str, str]:
    return {resource.name: resource.action for resource in example.resources}


def test_a_rename_without_moved_and_a_removed_unit_lose_resources(upgraded: Upgrade) -> None:
    example = upgraded({"modules/value/main.tf": RENAMED, "live/one/terragrunt.stack.hcl": stack("first")})
    assert actions(example) == {
        "one/first: terraform_data.this": "destroyed",
        "one/first: terraform_data.kept": "created",
        "one/second: terraform_data.this": "orphaned",
    }
    destroyed, orphaned = map(str, example.problems)
    assert destroyed.startswith("tests/integration/tree.yaml:1: one/first: terraform_data.this (declared in")
    assert "modules/value/main.tf:2 at v1.2.0) is destroyed" in destroyed
    assert orphaned.startswith("live/one/terragrunt.stack.hcl:6: one/second: terraform_data.this is orphaned")
    assert example.outcome is Outcome.FAILED


def test_a_rename_with_moved_a_new_unit_and_a_new_output_with_a_merged_mock_pass(upgraded: Upgrade) -> None:
    mocks = '  mock_outputs_merge_strategy_with_state = "shallow"\n  mock_outputs = {\n    added = "one"'
    reading = DEPENDENT.replace("outputs.value", "outputs.added").replace("  mock_outputs = {", mocks)
    example = upgraded(
        {
            "modules/value/main.tf": RENAMED + MOVED + 'output "added" { value = terraform_data.kept.output }\n',
            "live/units/second/terragrunt.hcl": reading,
            "live/units/third/terragrunt.hcl": UNIT,
            "live/one/terragrunt.stack.hcl": stack("first", "second", "third"),
        }
    )
    assert example.problems == ()
    assert actions(example) == {
        "one/first: terraform_data.kept": "moved",
        "one/second: terraform_data.kept": "moved",
        "one/third: terraform_data.kept": "created",
    }


def test_another_place_of_the_states_orphans_every_resource(upgraded: Upgrade) -> None:
    example = upgraded({"live/root.hcl": ROOT.replace("/terraform.tfstate", "/main.tfstate")})
    assert [resource.action for resource in example.resources] == ["created", "orphaned"] * 2


def test_a_stack_with_an_error_fails_and_orphans_nothing(upgraded: Upgrade) -> None:
    example = upgraded({"live/one/terragrunt.stack.hcl": stack("first", "absent")})
    assert actions(example) == {}
    assert "one: plan the checkout: terragrunt failed" in str(example.problems[0])
    assert [problem for problem in example.problems if "orphaned" in problem.message] == []


def test_a_unit_that_cannot_be_planned_fails_with_its_place(upgraded: Upgrade) -> None:
    condition = 'condition = var.value != "one"\n      error_message = "refused"'
    checked = f"lifecycle {{\n    precondition {{\n      {condition}\n    }}\n  }}"
    module = MODULE.replace("{ input = var.value }", f"{{\n  input = var.value\n  {checked}\n}}")
    example = upgraded({"modules/value/main.tf": module})
    assert actions(example) == {}
    first, second = map(str, example.problems)
    assert first.startswith("live/one/terragrunt.stack.hcl:1: one: plan the checkout: first: modules/value/main.tf:6")
    assert second.endswith("second: skipped, because first failed")


def test_a_new_output_of_another_unit_needs_a_mock(upgraded: Upgrade) -> None:
    unit = DEPENDENT.replace("outputs.value", "outputs.added")
    example = upgraded({"live/units/second/terragrunt.hcl": unit})
    assert list(map(str, example.problems)) == [
        "live/one/terragrunt.stack.hcl:6: one: plan the checkout: second: "
        'Unsupported attribute; This object does not have an attribute named "added".'
    ]


def test_a_tree_without_differing_files_is_not_applied(repository: Repository) -> None:
    files = {**RELEASED, "tests/integration/tree.yaml": STORY.replace("ACCOUNT", "123412341234")}
    with Services(Project.find(repository(files, {"live/README.md": "# Live\n"}))) as services:  # without an emulator
        [example] = upgrade(services, UpgradeSelection()).examples or ()
    assert example.note == "not applied: no file differs from v1.2.0"


def test_the_units_of_a_deployer_are_upgraded_before_those_that_need_what_it_makes(upgraded: Upgrade) -> None:
    released = {
        **RELEASED,
        "modules/late/main.tf": LATE,
        "live/units/late/terragrunt.hcl": LATE_UNIT,
        "live/one/terragrunt.stack.hcl": stack("first", "second", "late"),
    }
    example = upgraded({"modules/value/main.tf": RENAMED}, released, f"{STORY}    units: [late]\n")
    assert actions(example) == {
        "one/first: terraform_data.this": "destroyed",
        "one/first: terraform_data.kept": "created",
        "one/late: terraform_data.this": "unchanged",
    }
