"""Cases that share one call of their module come out as if each had been planned alone."""

from __future__ import annotations

import json

import pytest

from modproof.planner.calls import divide
from modproof.results import Outcome

from .conftest import MakeProject, Prove, greeting_cases, load, make_planner, texts

WHERE = "tests/unit/greeting/cases.yaml"
DEFAULTS = """
variable "limits" {
  type = object({
    low  = optional(number, 1)
    tags = optional(map(string), {})
  })
  default = { # a comment
    low = 3
    # another
    tags = { a = "}" }
  }
}
variable "nothing" {
  type    = string
  default = null
}
variable "never_null" {
  type     = list(any)
  default  = ["x", "y"]
  nullable = false
}
variable "anything" {
  default = { x = [1, "a", true] }
}
resource "terraform_data" "this" {
  input = [var.limits, var.nothing, var.never_null, var.anything]
}
resource "terraform_data" "each" {
  for_each = toset(var.never_null)
}
output "all" {
  value = { limits = var.limits, nothing = var.nothing, never_null = var.never_null, anything = var.anything }
}
"""
CASES = """
cases:
  none: {}
  limits: {variables: {limits: {low: 7}}}
  no_limits: {variables: {limits: {}}}
  nulls: {variables: {nothing: null, never_null: null, limits: null}}
  texts: {variables: {nothing: '${text}', never_null: [a], anything: [1, 2]}}
  unknown: {variables: {nothing: x, anything: {deep: [a, b]}}, unknown: [nothing, 'anything.deep[1]', limits]}
"""


def test_each_plan_is_the_one_of_the_case_alone(make_project: MakeProject, runs: list[str]) -> None:
    files = {"modules/defaults/main.tf": DEFAULTS, "tests/unit/defaults/cases.yaml": CASES}
    project, found = load(make_project(files))
    found = [case for case in found if case.module == "defaults"]
    assert len(divide({case.id: case for case in found})) == 1
    together = make_planner(project).plan(found)
    assert runs == ["init", "plan", "show"]
    for case in found:
        alone = make_planner(project).plan([case])[case.id].plan
        assert alone is not None
        assert together[case.id].plan == alone
        assert "all_" not in json.dumps(alone)


@pytest.mark.parametrize("default", ['"$${x} and %%{y}"', "<<-EOT\n  two\n  lines\n  EOT"])
def test_a_default_that_means_something_else_in_a_template_is_left_alone(
    make_project: MakeProject, default: str
) -> None:
    module = f'variable "text" {{\n  default = {default}\n}}\noutput "text" {{\n  value = var.text\n}}\n'
    files = {"modules/odd/main.tf": module, "tests/unit/odd/cases.yaml": "cases:\n  a: {}\n  b: {variables: {text: b}}"}
    project, found = load(make_project(files))
    found = [case for case in found if case.module == "odd"]
    assert len(divide({case.id: case for case in found})) == 2
    plan = make_planner(project).plan(found)["odd/a"].plan
    assert plan is not None
    wanted = "${x} and %{y}" if default.startswith('"') else "two\nlines\n"
    assert plan["planned_values"]["outputs"]["text"]["value"] == wanted


def test_a_value_of_another_type_fails_its_own_case_only(prove: Prove) -> None:
    results = prove(
        greeting_cases("  good: {variables: {name: world}}\n  bad: {variables: {name: world, names: {a: [b]}}}\n")
    )
    assert results["greeting/good"].outcome is Outcome.PASSED
    text = texts(results["greeting/bad"])[0]
    assert text.startswith(f"{WHERE}:3: Invalid value for input variable")
    assert "not suitable for var.names declared at modules/greeting/main.tf:9" in text


def test_an_unknown_number_fails_its_own_case_only(prove: Prove, runs: list[str]) -> None:
    results = prove(
        greeting_cases(
            "  good: {variables: {name: world, names: [a]}}\n"
            "  better: {variables: {name: world, names: [b]}}\n"
            "  bad: {variables: {name: world, names: [c]}, unknown: [names]}\n"
        )
    )
    assert [results[f"greeting/{name}"].outcome for name in ("good", "better", "bad")] == [
        Outcome.PASSED, Outcome.PASSED, Outcome.FAILED
    ]  # fmt: skip
    assert "depends on var.names, which the case makes unknown" in texts(results["greeting/bad"])[0]
    # nothing says which case it is: each gets a call of its own, which must be installed
    assert runs == ["init", "plan", "show", "init", "plan", "plan", "show"]


RULES = """
variable "size" {
  type = number
}
resource "terraform_data" "these" {
  count = var.size
  input = var.size
  lifecycle {
    precondition {
      condition     = var.size != 3
      error_message = "Three ${"are"} too many."
    }
    precondition {
      condition     = var.size != 4
      error_message = "Four are too many."
    }
  }
}
output "size" {
  value = var.size
  precondition {
    condition     = var.size != 5
    error_message = "Five are too many."
  }
}
"""


def test_each_case_is_told_the_rule_that_it_broke(prove: Prove, runs: list[str]) -> None:
    cases = "".join(f"  c{size}: {{variables: {{size: {size}}}}}\n" for size in range(1, 6))
    results = prove({"modules/rules/main.tf": RULES, "tests/unit/rules/cases.yaml": f"cases:\n{cases}"})
    where = "tests/unit/rules/cases.yaml"
    assert [texts(results[f"rules/c{size}"]) for size in range(1, 6)] == [
        [],
        [],
        [f"{where}:4: Resource precondition failed: Three are too many. (modules/rules/main.tf:10)"],
        [f"{where}:5: Resource precondition failed: Four are too many. (modules/rules/main.tf:14)"],
        [f"{where}:6: Module output value precondition failed: Five are too many. (modules/rules/main.tf:22)"],
    ]
    assert runs.count("plan") <= 3


def test_a_module_with_an_empty_provider_block_plans_as_ever(make_project: MakeProject) -> None:
    module = 'provider "aws" {}\nvariable "name" {}\nresource "aws_sns_topic" "this" {\n  name = var.name\n}\n'
    cases = "cases:\n  a: {variables: {name: a}}\n  b: {variables: {name: b}}\n"
    project, found = load(make_project({"modules/old/main.tf": module, "tests/unit/old/cases.yaml": cases}))
    outcomes = make_planner(project).plan([case for case in found if case.module == "old"])
    assert [outcome.errors for outcome in outcomes.values()] == [(), ()]
