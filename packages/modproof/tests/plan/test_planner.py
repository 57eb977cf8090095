from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from modproof.cases import Case, Planned, judge
from modproof.core.results import Mismatch, Outcome
from modproof.plan.batch import Batch

from ..conftest import MakeProject, greeting_cases, load, make_planner, texts
from .conftest import ResultsOf


def test_cases_that_pass_are_planned_in_one_run(make_project: MakeProject, runs: list[str]) -> None:
    many = "".join(
        f"  c{n}:\n    variables: {{name: name{n}}}\n    expect: {{outputs: {{text: hello name{n}}}}}\n"
        for n in range(30)
    )
    project, found = load(make_project(greeting_cases(many)))
    planned = make_planner(project).plan(found)
    assert {judge(case, planned[case.id]).outcome for case in found} == {Outcome.PASSED}
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


def test_a_plan_has_the_defaults_of_variables_that_the_case_does_not_set(make_project: MakeProject) -> None:
    given = (
        "  one: {variables: {name: world}}\n"
        "  two: {variables: {name: world, names: [a]}}\n"
        "  three: {variables: {name: world}, unknown: [secret]}\n"
    )
    project, found = load(make_project(greeting_cases(given)))
    planned = make_planner(project).plan(found)
    variables = {name: result.plan["variables"] for name, result in planned.items() if result.plan is not None}
    assert variables == {
        "greeting/one": {"name": {"value": "world"}, "names": {"value": []}, "secret": {"value": None}},
        "greeting/two": {"name": {"value": "world"}, "names": {"value": ["a"]}, "secret": {"value": None}},
        "greeting/three": {"name": {"value": "world"}, "names": {"value": []}},
        "other/nested": {},
    }


def test_strings_reach_the_module_as_written(results_of: ResultsOf) -> None:
    result = results_of(
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


def test_each_mismatch_has_the_line_of_its_expectation(results_of: ResultsOf) -> None:
    result = results_of(
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
    assert [(problem.place.line if problem.place else 0, problem.mismatch) for problem in result.problems] == [
        (6, Mismatch("terraform_data", (), 2, 1, kind="count")),
        (9, Mismatch("terraform_data.this", ("input",), "bye", "hello world")),
        (10, Mismatch("terraform_data.that", (), {}, state="absent", kind="planned")),
        (14, Mismatch("terraform_data.this", (), None, kind="absent")),
        (12, Mismatch("output", ("text",), "bye", "hello world")),
        (13, None),
    ]
    assert [problem.hint for problem in result.problems if problem.hint] == [
        "planned: terraform_data.this",
        "outputs: id, secret, text; if the plan is right: modproof plan --save greeting/wrong",
    ]
    assert result.problems[-1].message == "the module has no output 'none'"


def test_a_run_leaves_no_file_in_the_project(make_project: MakeProject) -> None:
    root = make_project({})
    before = {path for path in root.rglob("*") if ".modproof" not in path.parts}
    project, found = load(root)
    make_planner(project).plan(found)
    assert {path for path in root.rglob("*") if ".modproof" not in path.parts} == before
    assert not list((root / ".modproof").glob("modproof-*"))


@pytest.mark.parametrize(("cores", "cases", "expected"), [(2, 4, "2"), (4, 80, "2"), (2, 80, "1"), (1, 80, "1")])
def test_the_runs_share_the_cores(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, cores: int, cases: int, expected: str
) -> None:
    lines = "".join(f"  c{number}: {{}}\n" for number in range(cases))
    project, found = load(make_project({"tests/unit/greeting/cases.yaml": f"cases:\n{lines}"}))
    given: set[str] = set()

    def plan(self: Batch, cases: Sequence[Case]) -> dict[str, Planned]:
        given.add(self._make_terraform(project.root, "http://127.0.0.1").env["GOMAXPROCS"])
        return {case.id: Planned() for case in cases}

    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.setattr(Batch, "plan", plan)
    make_planner(project).plan([case for case in found if case.module == "greeting"])
    assert given == {expected}
