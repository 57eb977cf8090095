"""Failing cases next to passing ones: each gets its own result, for one more plan per failure stage."""

from __future__ import annotations

from modproof.core.results import Outcome

from ..conftest import MakeProject, greeting_cases, texts
from .conftest import ResultsOf

WHERE = "tests/unit/greeting/cases.yaml"
GOOD = "  good: {variables: {name: world}}\n"
VARIABLES = "  short: {variables: {name: ab}}\n  shorter: {variables: {name: a}}\n"
PLAN = "  nobody: {variables: {name: nobody}}\n  nobody_else: {variables: {name: nobody}}\n"
BROKEN = {
    "modules/broken/main.tf": 'variable "x" {\n',
    "tests/unit/broken/cases.yaml": "cases:\n  one: {}\n  two: {}\n",
}


def test_each_failing_case_gets_its_own_error(results_of: ResultsOf) -> None:
    results = results_of(
        greeting_cases(
            "  good: {variables: {name: world}}\n"
            "  short: {variables: {name: ab}}\n"
            "  nobody: {variables: {name: nobody}}\n"
            "  typo: {variables: {name: world, nmes: []}}\n"
            "  nothing: {}\n"
        )
    )
    assert [result.outcome for result in results.values()] == [
        Outcome.PASSED, Outcome.FAILED, Outcome.FAILED, Outcome.ERROR, Outcome.ERROR, Outcome.PASSED
    ]  # fmt: skip
    assert texts(results["greeting/short"]) == [
        f"{WHERE}:3: Invalid value for variable: name must be at least 3 characters. (modules/greeting/main.tf:4)"
    ]
    assert texts(results["greeting/nobody"]) == [
        f"{WHERE}:4: Resource precondition failed: nobody cannot be greeted. (modules/greeting/main.tf:18)"
    ]
    assert texts(results["greeting/typo"]) == [
        f"{WHERE}:5: the module 'greeting' has no variable 'nmes'; did you mean 'names'?"
    ]
    assert texts(results["greeting/nothing"]) == [
        f"{WHERE}:6: the case does not set the variable 'name', which the module 'greeting' requires"
    ]


def test_failures_in_every_stage_take_one_more_plan_per_stage(results_of: ResultsOf, runs: list[str]) -> None:
    results = results_of(greeting_cases(GOOD + VARIABLES + PLAN) | BROKEN)
    assert [name for name, result in results.items() if result.outcome is Outcome.PASSED] == [
        "greeting/good",
        "other/nested",
    ]
    assert runs == ["init", "init", *["plan", "show"] * 3]


def test_failures_in_one_stage_take_one_more_plan(results_of: ResultsOf, runs: list[str]) -> None:
    results_of(greeting_cases(GOOD + PLAN))
    assert runs == ["init", *["plan", "show"] * 2]


def test_broken_hcl_fails_the_cases_of_its_module_only(results_of: ResultsOf) -> None:
    results = results_of(BROKEN)
    assert results["broken/one"].outcome is results["broken/two"].outcome is Outcome.FAILED
    assert "modules/broken/main.tf:1" in texts(results["broken/one"])[0]
    assert results["greeting/minimal"].outcome is results["other/nested"].outcome is Outcome.PASSED


def test_an_error_in_a_called_module_fails_the_cases_of_its_callers_only(results_of: ResultsOf) -> None:
    broken_inside = {"modules/greeting/main.tf": 'variable "name" {}\noutput "text" { value = var.nothing }\n'}
    fine = {"modules/fine/main.tf": "", "tests/unit/fine/cases.yaml": "cases:\n  one: {}\n"}
    results = results_of(broken_inside | fine)
    assert results["fine/one"].outcome is Outcome.PASSED
    assert "Reference to undeclared input variable" in texts(results["greeting/minimal"])[0]
    assert results["other/nested"].outcome is Outcome.FAILED


def test_a_module_that_could_reach_an_account_is_not_run(results_of: ResultsOf, runs: list[str]) -> None:
    results = results_of(
        {
            "modules/own/main.tf": 'provider "aws" {\n  profile = "production"\n}\n',
            "tests/unit/own/cases.yaml": "cases:\n  one: {}\n",
        }
    )
    assert results["own/one"].outcome is Outcome.FAILED
    (problem,) = results["own/one"].problems
    assert problem.message.startswith('the module is not run: the provider "aws" has its own profile: profile; ')
    assert problem.message.endswith(" (modules/own/main.tf:2)")
    assert results["other/nested"].outcome is Outcome.PASSED
    # one group of cases that must plan and one of rejecting cases, in parallel
    assert sorted(runs) == ["init", "init", "plan", "plan", "show"]


def test_a_call_of_a_missing_module_is_reported_with_the_calling_file(results_of: ResultsOf) -> None:
    calling = 'module "x" {\n  source = "../missing"\n}\n'
    results = results_of(
        {"modules/calling/main.tf": calling, "tests/unit/calling/cases.yaml": "cases:\n  one: {}\n  two: {}\n"}
    )
    for name in ("one", "two"):
        (text,) = texts(results[f"calling/{name}"])
        assert 'could not be read for module "x" at modules/calling/main.tf:1' in text
    assert results["greeting/minimal"].outcome is Outcome.PASSED


def test_dangling_links_such_as_an_editors_lock_are_ignored(results_of: ResultsOf, make_project: MakeProject) -> None:
    folder = make_project({}) / "modules" / "greeting"
    (folder / ".#main.tf").symlink_to("user@host.1234")
    (folder / "gone.tf").symlink_to("/no/such/file")
    assert {result.outcome for result in results_of({}).values()} == {Outcome.PASSED}
