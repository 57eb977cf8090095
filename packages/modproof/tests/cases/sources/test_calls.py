"""Cases from the calls of a module in examples and READMEs."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.cases import Case, judge, load_all
from modproof.core.project import Project
from modproof.run import changed
from modproof.run.services import Services

from ...conftest import MakeProject

EXAMPLE = """
locals {
  people = ["ada", "grace"]
}

resource "terraform_data" "person" {
  for_each = toset(local.people)
}

module "greeting" {
  source = "../../modules/greeting"

  name   = module.other.text
  names  = [for person in local.people : upper(person)]
  secret = terraform_data.person["ada"].id
}

module "other" {
  source = "../../modules/other"
}

module "again" {
  source = "../../modules/greeting"
  name   = "no"
}
"""

FILES = {
    "pyproject.toml": '[tool.modproof]\ndocumented = ["readme", "examples"]\n',
    "examples/people/main.tf": EXAMPLE,
    "modules/greeting/README.md": """
        # Greeting
        ```hcl
        module "greeting" {
          source = "./greeting"
          name   = "me too"
        }
        ```
    """,
}


def by_name(root: Path, module: str = "greeting") -> dict[str, Case]:
    cases = load_all(Project.find(root)).cases
    return {case.name: case for case in cases if case.module == module and case.source != "yaml"}


def test_each_call_is_a_case_with_its_own_place(make_project: MakeProject) -> None:
    found = by_name(make_project(FILES))
    assert {name: str(case.place) for name, case in found.items()} == {
        "example_people": "examples/people/main.tf:10",
        "example_people_2": "examples/people/main.tf:22",
        "readme": "modules/greeting/README.md:4",
    }
    call = found["example_people"]
    assert call.place_of("variables", "names").line == 14
    assert call.variables == {"name": "hello inner", "names": ["ADA", "GRACE"]}
    assert call.unknown == ("secret",)


def test_inputs_that_an_example_computes_are_unknown_and_the_others_are_known(make_project: MakeProject) -> None:
    project = Project.find(make_project(FILES))
    cases = list(by_name(project.root).values())
    with Services(project) as services:
        planned = services.plan(cases)
    results = {case.name: judge(case, planned[case.id]) for case in cases}
    assert results["example_people"].problems == ()
    plan = planned["greeting/example_people"].plan or {}
    assert plan["output_changes"]["secret"]["after_unknown"] is True
    assert {change["address"] for change in plan["resource_changes"]} == {
        "terraform_data.this",
        'terraform_data.each["ADA"]',
        'terraform_data.each["GRACE"]',
    }
    (problem,) = results["example_people_2"].problems
    assert str(problem.place) == "examples/people/main.tf:24"
    assert "name must be at least 3 characters" in problem.message


def test_a_change_in_the_example_or_a_module_that_it_calls_affects_the_case(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project.find(make_project(FILES))
    example = by_name(project.root)["example_people"]

    def affected(file: str) -> bool:
        monkeypatch.setattr(changed, "changed_files", lambda *_: frozenset({project.root / file}))
        return changed.affected(project, [example], "HEAD") == [example]

    assert affected("examples/people/main.tf")
    assert affected("modules/other/main.tf")
    assert not affected("modules/greeting/README.md")
