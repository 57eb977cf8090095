from __future__ import annotations

import json

from modproof.cases import verdict as judge
from modproof.core.results import Outcome

from .conftest import MakeProject, Prove, greeting_cases, load, make_planner, texts


def test_all_cases_that_pass_take_one_plan(make_project: MakeProject, runs: list[str]) -> None:
    many = "".join(
        f"  c{n}:\n    variables: {{name: name{n}}}\n    expect: {{outputs: {{text: hello name{n}}}}}\n"
        for n in range(30)
    )
    project, found = load(make_project(greeting_cases(many)))
    outcomes = make_planner(project).plan(found)
    assert {judge(case, outcomes[case.id]).outcome for case in found} == {Outcome.PASSED}
    assert len(found) == 31
    assert runs == ["init", "plan", "show"]


def test_a_plan_is_relative_to_its_module(make_project: MakeProject) -> None:
    project, found = load(make_project({}))
    plan = make_planner(project).plan(found)["other/nested"].plan
    assert plan is not None
    assert [change["address"] for change in plan["resource_changes"]] == ["module.greeting.terraform_data.this"]
    child = plan["planned_values"]["root_module"]["child_modules"][0]
    assert (child["address"], child["resources"][0]["address"]) == (
        "module.greeting",
        "module.greeting.terraform_data.this",
    )
    assert plan["planned_values"]["outputs"]["text"] == {"sensitive": False, "value": "hello inner"}
    assert "case_" not in json.dumps(plan)


def test_literals_reach_the_module_as_they_are_written(prove: Prove) -> None:
    result = prove(
        greeting_cases(
            "  template:\n"
            "    variables: {name: '${var.x} %{if} $${y}', names: ['${z}']}\n"
            "    expect:\n"
            "      outputs: {text: 'hello ${var.x} %{if} $${y}'}\n"
            "      values:\n"
            "        'terraform_data.each[\"$${z}\"]': {input: '${z}'}\n"
        )
    )["greeting/template"]
    assert (result.outcome, texts(result)) == (Outcome.PASSED, [])


def test_a_failing_expectation_names_line_address_and_values(prove: Prove) -> None:
    result = prove(
        greeting_cases(
            "  wrong:\n"
            "    variables: {name: world}\n"
            "    expect:\n"
            "      resources:\n"
            "        terraform_data: 2\n"
            "      values:\n"
            "        terraform_data.this:\n"
            "          input: bye\n"
            "        terraform_data.that: {}\n"
            "      outputs:\n"
            "        text: bye\n"
            "        none: 1\n"
            "      absent: [terraform_data.this]\n"
        )
    )["greeting/wrong"]
    assert result.outcome is Outcome.FAILED
    where = "tests/unit/greeting/cases.yaml"
    assert texts(result) == [
        f"{where}:6: expected 2 terraform_data, found 1",
        f'{where}:9: terraform_data.this: input: expected "bye", found "hello world"',
        f"{where}:10: terraform_data.that is not planned; planned: terraform_data.this",
        f"{where}:14: terraform_data.this is planned, but expected to be absent",
        f'{where}:12: output text: expected "bye", found "hello world"',
        f"{where}:13: the module has no output 'none'; outputs: id, secret, text; "
        "if the plan is right: modproof plan --save greeting/wrong",
    ]


def test_broken_hcl_fails_the_cases_of_its_module_only(prove: Prove) -> None:
    results = prove(
        {"modules/broken/main.tf": 'variable "x" {\n', "tests/unit/broken/cases.yaml": "cases:\n  one: {}\n"}
    )
    assert results["broken/one"].outcome is Outcome.FAILED
    assert "modules/broken/main.tf:1" in texts(results["broken/one"])[0]
    assert results["greeting/minimal"].outcome is results["other/nested"].outcome is Outcome.PASSED


def test_a_case_without_a_module_call_is_told_from_the_batch(prove: Prove) -> None:
    broken_inside = {"modules/greeting/main.tf": 'variable "name" {}\noutput "text" { value = var.nothing }\n'}
    results = prove({**broken_inside, "modules/fine/main.tf": "", "tests/unit/fine/cases.yaml": "cases:\n  one: {}\n"})
    assert results["fine/one"].outcome is Outcome.PASSED
    assert "Reference to undeclared input variable" in texts(results["greeting/minimal"])[0]
    assert results["other/nested"].outcome is Outcome.FAILED


def test_nothing_is_left_in_the_project(make_project: MakeProject) -> None:
    root = make_project({})
    before = {path for path in root.rglob("*") if ".modproof" not in path.parts}
    project, found = load(root)
    make_planner(project).plan(found)
    assert {path for path in root.rglob("*") if ".modproof" not in path.parts} == before
    assert not list((root / ".modproof").glob("modproof-*"))
