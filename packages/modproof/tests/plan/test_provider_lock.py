"""Providers that init selected are reused until the requirements or the packages change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modproof.core.errors import ProviderUnavailable

from ..conftest import MakeProject, load, make_planner

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
    result = make_planner(project).plan([case for case in found if case.module == "topic"])["topic/one"]
    assert result.errors == ()


def record(root: Path) -> Path:
    return next((root / ".modproof" / "locks").glob("providers-*.json"))


def test_providers_are_selected_once(root: Path, runs: list[str]) -> None:
    plan(root)
    plan(root)
    assert runs == ["init", "plan", "show", "get", "plan", "show"]


def test_plans_of_the_run_that_writes_the_lock_file_are_cached(root: Path, tmp_path: Path) -> None:
    project, found = load(root)
    make_planner(project, tmp_path / "cache").plan(found)
    assert list((root / ".modproof" / "locks").glob("*.lock.hcl")) != []
    again = make_planner(project, tmp_path / "cache").plan(found)
    assert {planned.from_cache for planned in again.values()} == {True}


def test_a_changed_package_is_selected_again(root: Path, runs: list[str]) -> None:
    plan(root)
    kept = json.loads(record(root).read_text())
    ((name, (_, files)),) = kept["packages"].items()
    assert name == "registry.terraform.io/hashicorp/aws"
    files[0][1] += 1
    record(root).write_text(json.dumps(kept))
    plan(root)
    assert runs == ["init", "plan", "show"] * 2


@pytest.mark.parametrize("text", ["", "[]", '{"packages": 1}', '{"lock": "", "packages": {"a": ["/gone", []]}}'])
def test_a_damaged_record_is_ignored(root: Path, runs: list[str], text: str) -> None:
    plan(root)
    record(root).write_text(text)
    plan(root)
    assert runs == ["init", "plan", "show"] * 2


def test_a_requirement_without_a_matching_provider_is_reported_despite_a_record(root: Path) -> None:
    plan(root)
    main = root / "modules/topic/main.tf"
    main.write_text(main.read_text().replace(">= 5.0", ">= 99.0"))
    with pytest.raises(ProviderUnavailable, match="hashicorp/aws"):
        plan(root)


def test_the_version_in_a_provider_block_is_a_requirement(make_project: MakeProject) -> None:
    text = TOPIC + 'provider "aws" {\n  version = ">= 5.0"\n}\n'
    root = make_project({"modules/topic/main.tf": text, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"})
    plan(root)
    main = root / "modules/topic/main.tf"
    main.write_text(text.replace('"aws" {\n  version = ">= 5.0"', '"aws" {\n  version = ">= 99.0"'))
    with pytest.raises(ProviderUnavailable, match="hashicorp/aws"):
        plan(root)


def test_a_deleted_or_edited_lock_file_leads_to_another_init(root: Path, runs: list[str]) -> None:
    plan(root)
    lock_file = next((root / ".modproof" / "locks").glob("*.lock.hcl"))
    lock_file.unlink()
    plan(root)
    assert lock_file.is_file()
    with lock_file.open("a") as sink:
        sink.write("# by hand\n")
    plan(root)
    assert runs == ["init", "plan", "show"] * 3


def test_a_provider_missing_in_the_record_leads_to_another_init(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        # no top-level block requires it
        sink.write(NESTED)
    for _ in range(2):
        with pytest.raises(ProviderUnavailable, match="nowhere"):
            plan(root)
    assert runs[3:] == ["get", "plan", "init", "init"]


def test_a_provider_inferred_from_a_resource_type_is_a_requirement(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        sink.write('data "terraform_remote_state" "x" {\n  backend = "local"\n}\n')
    project, found = load(root)
    make_planner(project).plan([case for case in found if case.module == "topic"])
    assert runs[3] == "init"
