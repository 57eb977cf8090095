"""Cases from the calls of a module in examples and READMEs."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.cases import Case, judge, load_all
from modproof.cases.model import TEXT
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
    assert call.variables == {"name": "hello inner", "names": ["ADA", "GRACE"], "secret": TEXT}
    assert call.unknown == ("secret",)


ANY = """
variable "settings" {
  type = any
}
variable "targets" {
  type = any
}
variable "single" {
  type = any
}
resource "terraform_data" "settings" {
  for_each = var.settings.enabled ? { for key, value in var.settings.items : key => value } : {}
  input    = each.value
}
resource "terraform_data" "targets" {
  for_each = { for key, value in zipmap(["a", "b"], flatten([var.targets])) : key => value }
  input    = each.value
}
output "single" {
  value = [for value in flatten([var.single]) : "<${value}>"]
}
"""
CALLING = """
resource "terraform_data" "this" {
}
locals {
  items = { x = { arn = terraform_data.this.id, size = 1 }, y = { arn = "fixed", size = 2 } }
}
module "any" {
  source   = "../../modules/any"
  settings = { enabled = true, items = local.items }
  targets  = ["a-${terraform_data.this.id}", "b"]
  single   = terraform_data.this.id
}
"""


def test_an_input_of_any_type_keeps_what_is_known_around_a_computed_string(make_project: MakeProject) -> None:
    own = "cases:\n  plain:\n    variables: {settings: {enabled: false}, targets: [], single: ''}\n"
    files = {"modules/any/main.tf": ANY, "examples/any/main.tf": CALLING, "tests/unit/any/cases.yaml": own}
    project = Project.find(make_project({**FILES, **files}))
    case = by_name(project.root, "any")["example_any"]
    assert case.unknown == ('settings["items"]["x"]["arn"]', "targets[0]", "single")
    with Services(project) as services:
        plan = services.plan([case])[case.id].plan
    assert plan is not None
    changes = {each["address"]: each["change"] for each in plan["resource_changes"]}
    inputs = {name: (one["after"].get("input"), one["after_unknown"].get("input")) for name, one in changes.items()}
    assert inputs == {
        'terraform_data.settings["x"]': ({"size": 1}, {"arn": True}),
        'terraform_data.settings["y"]': ({"arn": "fixed", "size": 2}, {}),
        'terraform_data.targets["a"]': (None, True),
        'terraform_data.targets["b"]': ("b", None),
    }
    assert plan["output_changes"]["single"]["after_unknown"] == [True]


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
