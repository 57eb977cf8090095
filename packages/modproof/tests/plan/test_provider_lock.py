"""Providers that init selected are reused until the requirements or the packages change."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from modproof.cases.planned import Planned

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


def planned(root: Path) -> Planned:
    project, found = load(root)
    return make_planner(project).plan([case for case in found if case.module == "topic"])["topic/one"]


def plan(root: Path) -> None:
    assert planned(root).errors == ()


def error(root: Path) -> str:
    """The error of a case that is not run."""
    (found,) = planned(root).errors
    assert found.usage
    return found.text


def lock_names(root: Path) -> list[str]:
    return sorted(path.name.removesuffix(".lock.hcl")[16:] for path in (root / ".modproof/locks").glob("*.lock.hcl"))


def record(root: Path) -> Path:
    return next((root / ".modproof" / "locks").glob("providers-*.json"))


def test_providers_are_selected_once(root: Path, runs: list[str]) -> None:
    plan(root)
    plan(root)
    assert runs == ["init", "plan", "show", "get", "plan", "show"]


def lock_file_of(root: Path) -> Path:
    return next((root / ".modproof" / "locks").glob("*.lock.hcl"))


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
    assert "hashicorp/aws" in error(root)


def test_the_version_in_a_provider_block_is_a_requirement(make_project: MakeProject) -> None:
    text = TOPIC + 'provider "aws" {\n  version = ">= 5.0"\n}\n'
    root = make_project({"modules/topic/main.tf": text, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"})
    plan(root)
    main = root / "modules/topic/main.tf"
    main.write_text(text.replace('"aws" {\n  version = ">= 5.0"', '"aws" {\n  version = ">= 99.0"'))
    assert "hashicorp/aws" in error(root)


def test_a_deleted_or_edited_lock_file_leads_to_another_init(root: Path, runs: list[str]) -> None:
    plan(root)
    lock_file = lock_file_of(root)
    lock_file.unlink()
    plan(root)
    assert lock_file.is_file()
    with lock_file.open("a") as sink:
        sink.write("# by hand\n")
    plan(root)
    assert runs == ["init", "plan", "show"] * 3


def test_a_locked_version_that_no_longer_exists_is_replaced(root: Path, runs: list[str]) -> None:
    plan(root)
    lock_file = lock_file_of(root)
    lock_file.write_text(lock_file.read_text().replace("5.100.0", "5.99.0"))
    plan(root)
    assert "5.100.0" in lock_file.read_text()
    plan(root)
    assert runs == ["init", "plan", "show", "init", "init", "plan", "show", "get", "plan", "show"]


def test_requirements_that_exclude_the_locked_version_have_another_lock_file(root: Path, runs: list[str]) -> None:
    plan(root)
    lock_file = lock_file_of(root)
    older = lock_file.read_text().replace("5.100.0", "4.67.0")
    lock_file.write_text(older)
    plan(root)
    assert lock_file.read_text() == older
    assert lock_names(root) == ["", "-1"]
    plan(root)
    assert runs == ["init", "plan", "show"] * 2 + ["get", "plan", "show"]


def test_a_package_that_differs_from_the_lock_file_is_refused_with_the_file(root: Path) -> None:
    plan(root)
    lock_file = lock_file_of(root)
    lock_file.write_text(re.sub("h1:....", "h1:abcd", lock_file.read_text()))
    text = error(root)
    assert "doesn't match any of the checksums" in text
    assert f"delete {lock_file.relative_to(root)}" in text


def test_a_provider_missing_in_the_record_leads_to_another_init(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        # no top-level block requires it
        sink.write(NESTED)
    for _ in range(2):
        assert "hashicorp/nowhere" in error(root)
    assert runs[3:] == ["get", "plan", "init", "init"]


def test_a_provider_inferred_from_a_resource_type_is_a_requirement(root: Path, runs: list[str]) -> None:
    plan(root)
    with (root / "modules/topic/main.tf").open("a") as sink:
        sink.write('data "terraform_remote_state" "x" {\n  backend = "local"\n}\n')
    project, found = load(root)
    make_planner(project).plan([case for case in found if case.module == "topic"])
    assert runs[3] == "init"
