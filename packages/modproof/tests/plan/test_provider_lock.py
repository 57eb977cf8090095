"""What init chose is used again where nothing that it follows from has changed, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modproof.core.errors import ProviderUnavailable

from .conftest import MakeProject, load, make_planner

TOPIC = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}
resource "aws_sns_topic" "this" {
  name = "demo"
}
"""

NESTED = """
check "c" {
  data "nowhere_thing" "t" {}
  assert {
    condition     = data.nowhere_thing.t.id == ""
    error_message = "No."
  }
}
"""


@pytest.fixture
def root(make_project: MakeProject) -> Path:
    return make_project({"modules/topic/main.tf": TOPIC, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"})


def plan(root: Path) -> None:
    project, found = load(root)
    outcome = make_planner(project).plan([case for case in found if case.module == "topic"])["topic/one"]
    assert outcome.errors == ()


def record(root: Path) -> Path:
    return next((root / ".modproof" / "locks").glob("providers-*.json"))


def test_providers_are_chosen_once(root: Path, runs: list[str]) -> None:
    plan(root)
    plan(root)
    assert runs == ["init", "plan", "show", "get", "plan", "show"]


def test_a_package_that_changed_is_chosen_anew(root: Path, runs: list[str]) -> None:
    plan(root)
    kept = json.loads(record(root).read_text())
    ((name, (_, files)),) = kept["packages"].items()
    assert name == "registry.terraform.io/hashicorp/aws"
    files[0][1] += 1
    record(root).write_text(json.dumps(kept))
    plan(root)
    assert runs == ["init", "plan", "show"] * 2


@pytest.mark.parametrize("text", ["", "[]", '{"packages": 1}', '{"lock": "", "packages": {"a": ["/gone", []]}}'])
def test_a_damaged_record_counts_as_none(root: Path, runs: list[str], text: str) -> None:
    plan(root)
    record(root).write_text(text)
    plan(root)
    assert runs == ["init", "plan", "show"] * 2


def test_a_requirement_that_nothing_meets_is_told_whatever_was_chosen_before(root: Path) -> None:
    plan(root)
    main = root / "modules/topic/main.tf"
    main.write_text(main.read_text().replace(">= 5.0", ">= 99.0"))
    with pytest.raises(ProviderUnavailable, match="hashicorp/aws"):
        plan(root)


def test_the_version_that_a_provider_block_asks_for_counts(make_project: MakeProject) -> None:
    text = TOPIC + 'provider "aws" {\n  version = ">= 5.0"\n}\n'
    root = make_project({"modules/topic/main.tf": text, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"})
    plan(root)
    main = root / "modules/topic/main.tf"
    main.write_text(text.replace('"aws" {\n  version = ">= 5.0"', '"aws" {\n  version = ">= 99.0"'))
    with pytest.raises(ProviderUnavailable, match="hashicorp/aws"):
        plan(root)


def test_a_lock_file_that_is_gone_or_changed_is_made_anew(root: Path, runs: list[str]) -> None:
    plan(root)
    lock_file = next((root / ".modproof" / "locks").glob("*.lock.hcl"))
    lock_file.unlink()
    plan(root)
    assert lock_file.is_file()
    with lock_file.open("a") as sink:
        sink.write("# by hand\n")
    plan(root)
    assert runs == ["init", "plan", "show"] * 3


def test_what_the_choice_turns_out_to_lack_is_looked_for(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        # no block at the top of the file says that it is wanted
        sink.write(NESTED)
    for _ in range(2):
        with pytest.raises(ProviderUnavailable, match="nowhere"):
            plan(root)
    assert runs[3:] == ["get", "plan", "init", "init"]


def test_a_provider_that_nobody_requires_counts_too(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        sink.write('data "terraform_remote_state" "x" {\n  backend = "local"\n}\n')
    project, found = load(root)
    make_planner(project).plan([case for case in found if case.module == "topic"])
    assert runs[3] == "init"
