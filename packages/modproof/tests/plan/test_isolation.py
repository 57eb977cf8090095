"""Broken cases beside good ones: every result is told, for one plan more a stage and a look at what it left."""

from __future__ import annotations

from modproof.core.results import Outcome

from .conftest import MakeProject, Prove, greeting_cases, texts

WHERE = "tests/unit/greeting/cases.yaml"
GOOD = "  good: {variables: {name: world}}\n"
VARIABLES = "  short: {variables: {name: ab}}\n  shorter: {variables: {name: a}}\n"
PLAN = "  nobody: {variables: {name: nobody}}\n  nobody_else: {variables: {name: nobody}}\n"
BROKEN = {
    "modules/broken/main.tf": 'variable "x" {\n',
    "tests/unit/broken/cases.yaml": "cases:\n  one: {}\n  two: {}\n",
}


def test_one_broken_case_hides_no_other(prove: Prove) -> None:
    results = prove(
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
        f"{WHERE}:6: the module 'greeting' requires the variable 'name', which the case does not give"
    ]


def test_a_group_that_breaks_in_every_stage_takes_one_plan_more_a_stage(prove: Prove, runs: list[str]) -> None:
    results = prove(greeting_cases(GOOD + VARIABLES + PLAN) | BROKEN)
    assert [name for name, result in results.items() if result.outcome is Outcome.PASSED] == [
        "greeting/good",
        "other/nested",
    ]
    assert runs == ["init", "init", *["plan", "show"] * 3]


def test_a_group_that_breaks_in_one_stage_takes_one_plan_more(prove: Prove, runs: list[str]) -> None:
    prove(greeting_cases(GOOD + PLAN))
    assert runs == ["init", *["plan", "show"] * 2]


def test_broken_hcl_fails_the_cases_of_its_module_only(prove: Prove) -> None:
    results = prove(BROKEN)
    assert results["broken/one"].outcome is results["broken/two"].outcome is Outcome.FAILED
    assert "modules/broken/main.tf:1" in texts(results["broken/one"])[0]
    assert results["greeting/minimal"].outcome is results["other/nested"].outcome is Outcome.PASSED


def test_a_module_that_a_broken_one_calls_fails_with_it_and_no_other(prove: Prove) -> None:
    broken_inside = {"modules/greeting/main.tf": 'variable "name" {}\noutput "text" { value = var.nothing }\n'}
    results = prove({**broken_inside, "modules/fine/main.tf": "", "tests/unit/fine/cases.yaml": "cases:\n  one: {}\n"})
    assert results["fine/one"].outcome is Outcome.PASSED
    assert "Reference to undeclared input variable" in texts(results["greeting/minimal"])[0]
    assert results["other/nested"].outcome is Outcome.FAILED


def test_a_module_that_could_reach_an_account_is_not_run(prove: Prove, runs: list[str]) -> None:
    results = prove(
        {
            "modules/own/main.tf": 'provider "aws" {\n  profile = "production"\n}\n',
            "tests/unit/own/cases.yaml": "cases:\n  one: {}\n",
        }
    )
    assert results["own/one"].outcome is Outcome.FAILED
    assert (
        'the provider "aws" has a profile of its own: profile: such a module is not run' in texts(results["own/one"])[0]
    )
    assert results["other/nested"].outcome is Outcome.PASSED
    # one group of the cases that must plan and one of those that must be rejected, at the same time
    assert sorted(runs) == ["init", "init", "plan", "plan", "show"]


def test_a_call_of_a_module_that_is_not_there_names_the_file_that_calls_it(prove: Prove) -> None:
    calling = 'module "x" {\n  source = "../missing"\n}\n'
    results = prove(
        {"modules/calling/main.tf": calling, "tests/unit/calling/cases.yaml": "cases:\n  one: {}\n  two: {}\n"}
    )
    for name in ("one", "two"):
        (text,) = texts(results[f"calling/{name}"])
        assert 'could not be read for module "x" at modules/calling/main.tf:1' in text
    assert results["greeting/minimal"].outcome is Outcome.PASSED


def test_an_editors_lock_and_other_links_to_nowhere_break_nothing(prove: Prove, make_project: MakeProject) -> None:
    folder = make_project({}) / "modules" / "greeting"
    (folder / ".#main.tf").symlink_to("user@host.1234")
    (folder / "gone.tf").symlink_to("/no/such/file")
    assert {result.outcome for result in prove({}).values()} == {Outcome.PASSED}
