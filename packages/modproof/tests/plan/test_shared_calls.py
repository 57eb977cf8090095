"""Cases that share a module call have the same plans as if each were planned alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.cases.model import Case
from modproof.core.results import Outcome
from modproof.plan import Planner
from modproof.plan.calls import divide
from modproof.plan.root import write

from ..conftest import MakeProject, greeting_cases, load, make_planner, texts
from .conftest import ResultsOf

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
variable "secret" {
  default   = "unused"
  sensitive = true
}
module "inner" {
  source = "./inner"
  names  = var.never_null
}
resource "terraform_data" "this" {
  input = [var.limits, var.nothing, var.never_null, var.anything]
}
resource "terraform_data" "each" {
  for_each = toset(var.never_null)
}
output "secret" {
  value     = [var.secret]
  sensitive = true
}
output "paths" {
  value = [path.module, module.inner.path, fileexists("${path.module}/inner/main.tf")]
}
output "all" {
  value = { limits = var.limits, nothing = var.nothing, never_null = var.never_null, anything = var.anything }
}
"""
INNER = """
variable "names" {}
resource "terraform_data" "each" {
  for_each = toset(var.names)
}
output "path" {
  value = path.module
}
"""
CASES = """
cases:
  none: {}
  limits: {variables: {limits: {low: 7}}}
  no_limits: {variables: {limits: {}}}
  nulls: {variables: {nothing: null, never_null: null, limits: null}}
  secret: {variables: {secret: pa55word}}
  texts: {variables: {nothing: '${text}', never_null: [a], anything: [1, 2]}}
  unknown: {variables: {nothing: x, anything: {deep: [a, b]}}, unknown: [nothing, 'anything.deep[1]', limits]}
"""


def test_each_plan_is_the_same_as_that_of_the_case_alone(make_project: MakeProject, runs: list[str]) -> None:
    files = {
        "modules/defaults/main.tf": DEFAULTS,
        "modules/defaults/inner/main.tf": INNER,
        "tests/unit/defaults/cases.yaml": CASES,
    }
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
        assert alone["planned_values"]["outputs"]["paths"]["value"] == [".", "./inner", True]


@pytest.mark.parametrize("default", ['"$${x} and %%{y}"', "<<-EOT\n  two\n  lines\n  EOT"])
def test_a_default_that_a_template_would_change_prevents_sharing(make_project: MakeProject, default: str) -> None:
    module = f'variable "text" {{\n  default = {default}\n}}\noutput "text" {{\n  value = var.text\n}}\n'
    files = {"modules/odd/main.tf": module, "tests/unit/odd/cases.yaml": "cases:\n  a: {}\n  b: {variables: {text: b}}"}
    project, found = load(make_project(files))
    found = [case for case in found if case.module == "odd"]
    assert len(divide({case.id: case for case in found})) == 2
    plan = make_planner(project).plan(found)["odd/a"].plan
    assert plan is not None
    wanted = "${x} and %{y}" if default.startswith('"') else "two\nlines\n"
    assert plan["planned_values"]["outputs"]["text"]["value"] == wanted


def test_a_value_of_another_type_fails_its_own_case_only(results_of: ResultsOf) -> None:
    results = results_of(
        greeting_cases("  good: {variables: {name: world}}\n  bad: {variables: {name: world, names: {a: [b]}}}\n")
    )
    assert results["greeting/good"].outcome is Outcome.PASSED
    text = texts(results["greeting/bad"])[0]
    assert text.startswith(f"{WHERE}:3: Invalid value for input variable")
    assert "not suitable for var.names declared at modules/greeting/main.tf:9" in text


def test_an_unknown_number_fails_its_own_case_only(results_of: ResultsOf, runs: list[str]) -> None:
    results = results_of(
        greeting_cases(
            "  good: {variables: {name: world, names: [a]}}\n"
            "  better: {variables: {name: world, names: [b]}}\n"
            "  bad: {variables: {name: world, names: [c]}, unknown: [names]}\n"
        )
    )
    assert [results[f"greeting/{name}"].outcome for name in ("good", "better", "bad")] == [
        Outcome.PASSED, Outcome.PASSED, Outcome.FAILED
    ]  # fmt: skip
    assert "depends on var.names, which is unknown in this case" in texts(results["greeting/bad"])[0]
    # the error does not name the case, so each gets a separate call, which must be installed
    assert runs == ["init", "plan", "show", "init", "plan", "plan", "show"]


def test_an_unknown_input_of_one_case_stays_known_in_the_others(make_project: MakeProject) -> None:
    module = (
        'variable "wait_for" {\n  default = []\n}\n'
        'data "aws_iam_policy_document" "this" {\n  depends_on = [var.wait_for]\n'
        '  statement {\n    actions   = ["s3:*"]\n    resources = ["*"]\n  }\n}\n'
        'output "json" {\n  value = data.aws_iam_policy_document.this.json\n}\n'
    )
    cases = "cases:\n  known: {}\n  also_known: {variables: {wait_for: [a]}}\n  unknown: {unknown: [wait_for]}\n"
    project, found = load(make_project({"modules/waits/main.tf": module, "tests/unit/waits/cases.yaml": cases}))
    planned = make_planner(project).plan([case for case in found if case.module == "waits"])
    plans = {name: planned[f"waits/{name}"].plan for name in ("known", "also_known", "unknown")}
    assert {name: plan["output_changes"]["json"]["after_unknown"] for name, plan in plans.items() if plan} == {
        "known": False, "also_known": False, "unknown": True
    }  # fmt: skip


def test_an_edit_during_the_run_has_no_effect(make_project: MakeProject, tmp_path: Path) -> None:
    module = 'variable "text" {\n  default = "before"\n}\n'
    cases = "cases:\n  a: {}\n  b: {variables: {text: b}}\n  c: {}\n"
    root = make_project({"modules/edited/main.tf": module, "tests/unit/edited/cases.yaml": cases})
    _, found = load(root)
    batch = write(tmp_path, [case for case in found if case.module == "edited"], shared=True)
    (root / "modules/edited/main.tf").write_text("")
    batch.drop(next(iter(batch.cases)))
    ((_, call),) = batch.calls.items()
    assert '{"2": {"text": "${\\"before\\"}"}}' in (tmp_path / call.file_name).read_text().replace(
        '"1": {"text": "b"}, ', ""
    )


SAME_WORDS = """
variable "n" {
  validation {
    condition     = var.n != NUMBER
    error_message = "No such number."
  }
}
"""


def test_a_condition_of_a_called_module_with_the_same_message_is_distinguished(results_of: ResultsOf) -> None:
    calling = 'module "inner" {\n  source = "./inner"\n  n      = var.n\n}\n'
    cases = "".join(f"  c{n}: {{variables: {{n: {n}}}}}\n" for n in range(3))
    results = results_of(
        {
            "modules/outer/main.tf": SAME_WORDS.replace("NUMBER", "1") + calling,
            "modules/outer/inner/main.tf": SAME_WORDS.replace("NUMBER", "2"),
            "tests/unit/outer/cases.yaml": f"cases:\n{cases}",
        }
    )
    where = "tests/unit/outer/cases.yaml"
    assert [texts(results[f"outer/c{n}"]) for n in range(3)] == [
        [],
        [f"{where}:3: Invalid value for variable: No such number. (modules/outer/main.tf:3)"],
        [f"{where}:4: Invalid value for variable: No such number. (modules/outer/inner/main.tf:3)"],
    ]


def test_an_error_in_the_module_fails_all_its_cases_without_another_run(results_of: ResultsOf, runs: list[str]) -> None:
    module = 'variable "n" {}\noutput "n" {\n  value = var.m\n}\n'
    cases = "cases:\n  a: {variables: {n: 1}}\n  b: {variables: {n: 2}}\n"
    results = results_of({"modules/wrong/main.tf": module, "tests/unit/wrong/cases.yaml": cases})
    for name in ("a", "b"):
        (text,) = texts(results[f"wrong/{name}"])
        assert "Reference to undeclared input variable" in text and "modules/wrong/main.tf:3" in text
    assert runs.count("init") == 2  # the other one is of the rejecting cases
    assert results["greeting/minimal"].outcome is Outcome.PASSED


@pytest.mark.optional
@pytest.mark.skipif(toolchain.find("tofu") is None, reason="OpenTofu is not installed")
@pytest.mark.parametrize(
    "files",
    [
        {"a.tf": 'variable "s" {\n  default = "tf"\n}\n', "a.tofu": 'variable "s" {\n  default = "tofu"\n}\n'},
        {
            "main.tf": 'variable "s" {\n  default = "x"\n}\nmodule "kind" {\n  source = "./kinds/${var.s}"\n}\n',
            "kinds/x/main.tf": "",
            "kinds/y/main.tf": 'resource "terraform_data" "y" {}\n',
        },
    ],
    ids=["tofu files", "computed sources"],
)
def test_opentofu_plans_features_that_terraform_lacks(make_project: MakeProject, files: dict[str, str]) -> None:
    cases = "cases:\n  a: {}\n  b: {variables: {s: y}}\n"
    modules = {f"modules/own/{name}": text for name, text in files.items()}
    root = make_project({**modules, "tests/unit/own/cases.yaml": cases})
    project, found = load(root)
    found = [case for case in found if case.module == "own"]
    tofu = toolchain.find("tofu")
    assert tofu is not None

    def planned(cases: list[Case]) -> dict[str, object]:
        planner = Planner(project, binary=tofu.path, version=tofu.version, cache=None)
        return {case_id: (result.plan, result.errors) for case_id, result in planner.plan(cases).items()}

    assert planned(found) == {**planned(found[:1]), **planned(found[1:])}


CONDITIONS = """
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


def test_each_case_is_reported_with_the_condition_that_it_failed(results_of: ResultsOf, runs: list[str]) -> None:
    cases = "".join(f"  c{size}: {{variables: {{size: {size}}}}}\n" for size in range(1, 6))
    results = results_of({"modules/rules/main.tf": CONDITIONS, "tests/unit/rules/cases.yaml": f"cases:\n{cases}"})
    where = "tests/unit/rules/cases.yaml"
    assert [texts(results[f"rules/c{size}"]) for size in range(1, 6)] == [
        [],
        [],
        [f"{where}:4: Resource precondition failed: Three are too many. (modules/rules/main.tf:10)"],
        [f"{where}:5: Resource precondition failed: Four are too many. (modules/rules/main.tf:14)"],
        [f"{where}:6: Module output value precondition failed: Five are too many. (modules/rules/main.tf:22)"],
    ]
    assert runs.count("plan") <= 3


def test_a_module_with_an_empty_provider_block_can_be_planned(make_project: MakeProject) -> None:
    module = 'provider "aws" {}\nvariable "name" {}\nresource "aws_sns_topic" "this" {\n  name = var.name\n}\n'
    cases = "cases:\n  a: {variables: {name: a}}\n  b: {variables: {name: b}}\n"
    project, found = load(make_project({"modules/old/main.tf": module, "tests/unit/old/cases.yaml": cases}))
    planned = make_planner(project).plan([case for case in found if case.module == "old"])
    assert [result.errors for result in planned.values()] == [(), ()]
