"""Calls of a module in examples and READMEs, as cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modproof.cases.sources.documented import documented, every

from modproof.cases import verdict as judge
from modproof.cases.model import Case
from modproof.core.project import Project
from modproof.run import changed
from modproof.run.services import Services

MakeProject = Callable[[dict[str, str]], Path]

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
    return {case.name: case for case in documented(Project.find(root), module)}


def test_calls_are_cases_that_stand_where_they_are_written(make_project: MakeProject) -> None:
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


def test_what_an_example_computes_is_unknown_and_what_its_files_tell_is_not(make_project: MakeProject) -> None:
    project = Project.find(make_project(FILES))
    cases = list(by_name(project.root).values())
    with Services(project) as services:
        outcomes = services.plan(cases)
    results = {case.name: judge(case, outcomes[case.id]) for case in cases}
    assert results["example_people"].problems == ()
    plan = outcomes["greeting/example_people"].plan or {}
    assert plan["output_changes"]["secret"]["after_unknown"] is True
    assert {change["address"] for change in plan["resource_changes"]} == {
        "terraform_data.this",
        'terraform_data.each["ADA"]',
        'terraform_data.each["GRACE"]',
    }
    (problem,) = results["example_people_2"].problems
    assert str(problem.place) == "examples/people/main.tf:24"
    assert "name must be at least 3 characters" in problem.message


def test_an_example_follows_from_its_files_and_from_the_modules_that_it_calls(make_project: MakeProject) -> None:
    project = Project.find(make_project(FILES))
    example = by_name(project.root)["example_people"]
    for file in ("examples/people/main.tf", "modules/other/main.tf"):
        assert changed.follows(project, example, frozenset({project.root / file}))
    assert not changed.follows(project, example, frozenset({project.root / "modules/greeting/README.md"}))


def test_every_case_is_told_and_a_file_that_is_wrong_hides_no_other(make_project: MakeProject) -> None:
    root = make_project({**FILES, "tests/unit/other/cases.yaml": "nonsense: 1\n"})
    assert [case.id for case in every(Project.find(root))] == [
        "greeting/minimal",
        "greeting/rejects_short_name",
        "greeting/example_people",
        "greeting/example_people_2",
        "greeting/readme",
    ]
