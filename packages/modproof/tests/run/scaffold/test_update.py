"""``modproof init --update`` adds cases to existing files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.run.scaffold import Scaffolded, scaffold, writing
from modproof.run.services import Services

from ...conftest import MakeProject

FILE = """\
# kept by hand
cases:
  minimal:   # the smallest
    variables: {name: 'world'}

  old:
    variables:
      name: "old"  # as it was

# the end
"""
CALL = """
    resource "terraform_data" "made" {}
    module "greeting" {
      source = "../../modules/greeting"
      name   = "NAME"
      names  = [terraform_data.made.id]
    }
"""


def update(root: Path, *modules: str) -> list[Scaffolded]:
    project = Project.find(root)
    with Services(project, use_cache=False) as services:
        return scaffold(project, modules, services, update=True)


def test_only_examples_without_a_case_are_added_and_all_text_is_kept(make_project: MakeProject) -> None:
    files = {"examples/old/main.tf": CALL, "examples/new/main.tf": CALL, "tests/unit/greeting/cases.yaml": FILE}
    root = make_project(files)
    (started,) = update(root, "greeting")
    assert started.cases == {"new": ""}
    text = started.path.read_text(encoding="utf-8")
    assert all(line in text.splitlines() for line in FILE.splitlines())
    cases = yaml.safe_load(text)["cases"]
    assert list(cases) == ["minimal", "old", "new"]
    assert cases["new"]["variables"] == {"name": "NAME", "names": ["example"]}
    assert cases["new"]["description"] == "from examples/new/main.tf:3; guessed: names"
    (again,) = update(root, "greeting")
    assert again.untouched
    assert started.path.read_text(encoding="utf-8") == text


def test_modules_without_a_file_get_one(make_project: MakeProject) -> None:
    root = make_project({"modules/third/main.tf": 'resource "terraform_data" "this" {}\n'})
    found = {each.module: each for each in update(root)}
    assert found["third"].cases == {"minimal": ""}
    assert found["greeting"].untouched
    assert found["other"].untouched


def test_a_file_in_another_folder_is_the_one_of_its_module(make_project: MakeProject) -> None:
    text = "module: greeting\ncases:\n  mine:\n    variables: {name: world}\n"
    root = make_project({"examples/new/main.tf": CALL, "tests/unit/mine/cases.yaml": text})
    (root / "tests/unit/greeting/cases.yaml").unlink()
    (started,) = update(root, "greeting")
    assert started.path == root / "tests/unit/mine/cases.yaml"
    assert started.path.read_text(encoding="utf-8").startswith(text)
    assert not (root / "tests/unit/greeting/cases.yaml").exists()


def test_a_documented_example_has_a_case_already(make_project: MakeProject) -> None:
    root = make_project(
        {"pyproject.toml": '[tool.modproof]\ndocumented = ["examples"]\n', "examples/new/main.tf": CALL}
    )
    (started,) = update(root, "greeting")
    assert started.untouched


def test_a_file_that_cannot_be_changed_in_place_is_an_error(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise ValueError("'new' cannot be added to an alias")

    monkeypatch.setattr(writing, "edit", refuse)
    root = make_project({"examples/new/main.tf": CALL})
    with pytest.raises(ConfigurationError, match="no case can be added in place: 'new' cannot be added") as error:
        update(root, "greeting")
    assert error.value.path == str(root / "tests/unit/greeting/cases.yaml")


def test_a_broken_file_is_not_changed(make_project: MakeProject) -> None:
    root = make_project({"examples/new/main.tf": CALL, "tests/unit/greeting/cases.yaml": "cases: [\n"})
    (started,) = update(root, "greeting")
    assert started.untouched
    assert (root / "tests/unit/greeting/cases.yaml").read_text() == "cases: [\n"
