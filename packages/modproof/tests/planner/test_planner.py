from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import cases, toolchain
from modproof.cache import Cache
from modproof.planner import Planned, Planner, judge
from modproof.project import Project
from modproof.results import CaseResult, Outcome
from modproof.terraform import Terraform

Prove = Callable[[dict[str, str]], dict[str, CaseResult]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Terraform commands that were run."""
    seen: list[str] = []
    real = Terraform.run

    def counted(self: Terraform, *arguments: str) -> object:
        seen.append(arguments[0])
        return real(self, *arguments)

    monkeypatch.setattr(Terraform, "run", counted)
    return seen


def load(root: Path) -> tuple[Project, list[cases.Case]]:
    project = Project(root)
    return project, [case for path in cases.find_files(project) for case in cases.load(path, project).cases]


def planner(project: Project, cache: Path | None = None) -> Planner:
    terraform = toolchain.find("terraform")
    assert terraform is not None
    return Planner(project, binary=terraform.path, version=terraform.version, cache=Cache(cache) if cache else None)


@pytest.fixture
def prove(make_project: Callable[[dict[str, str]], Path]) -> Prove:
    def run(files: dict[str, str]) -> dict[str, CaseResult]:
        project, found = load(make_project(files))
        outcomes = planner(project).plan(found)
        return {case.id: judge(case, outcomes[case.id]) for case in found}

    return run


def texts(result: CaseResult) -> list[str]:
    return [str(problem) for problem in result.problems]


def cases_of(greeting: str) -> dict[str, str]:
    return {"tests/unit/greeting/cases.yaml": f"cases:\n{greeting}"}


def test_all_cases_that_pass_take_one_plan(make_project: Callable[[dict[str, str]], Path], runs: list[str]) -> None:
    many = "".join(
        f"  c{n}:\n    variables: {{name: name{n}}}\n    expect: {{outputs: {{text: hello name{n}}}}}\n"
        for n in range(30)
    )
    project, found = load(make_project(cases_of(many)))
    outcomes = planner(project).plan(found)
    assert {judge(case, outcomes[case.id]).outcome for case in found} == {Outcome.PASSED}
    assert len(found) == 31
    assert runs == ["init", "plan", "show"]


def test_a_plan_is_relative_to_its_module(make_project: Callable[[dict[str, str]], Path]) -> None:
    project, found = load(make_project({}))
    plan = planner(project).plan(found)["other/nested"].plan
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
        cases_of(
            "  template:\n"
            "    variables: {name: '${var.x} %{if} $${y}', names: ['${z}']}\n"
            "    expect:\n"
            "      outputs: {text: 'hello ${var.x} %{if} $${y}'}\n"
            "      values:\n"
            "        'terraform_data.each[\"$${z}\"]': {input: '${z}'}\n"
        )
    )["greeting/template"]
    assert (result.outcome, texts(result)) == (Outcome.PASSED, [])


def test_an_unknown_input_is_unknown_in_the_plan(prove: Prove) -> None:
    results = prove(
        cases_of(
            "  name: {variables: {name: any}, unknown: [name], expect: {outputs: {text: <unknown>}}}\n"
            "  element: {variables: {name: any, names: [a, b]}, unknown: ['names[1]']}\n"
            "  nowhere: {variables: {name: any, names: [a]}, unknown: [names.4]}\n"
        )
    )
    assert results["greeting/name"].outcome is Outcome.PASSED
    assert "for_each" in texts(results["greeting/element"])[0]
    assert results["greeting/nowhere"].outcome is Outcome.ERROR
    assert "the path 'names.4' does not lead into the case's variables" in texts(results["greeting/nowhere"])[0]


def test_a_failing_expectation_names_line_address_and_values(prove: Prove) -> None:
    result = prove(
        cases_of(
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
        f"{where}:13: the module has no output 'none'; outputs: id, secret, text",
    ]


def test_rejecting_cases_pass_only_by_their_own_message(prove: Prove) -> None:
    results = prove(
        cases_of(
            "  by_validation: {variables: {name: ab}, rejects: at least 3}\n"
            "  by_precondition: {variables: {name: nobody}, rejects: {match: 'precondition failed: nobody'}}\n"
            "  accepted: {variables: {name: world}, rejects: at least 3}\n"
            "  other_message: {variables: {name: ab}, rejects: at most 3}\n"
            "  no_such_variable: {variables: {nam: ab}, rejects: at least 3}\n"
        )
    )
    where = "tests/unit/greeting/cases.yaml"
    assert results["greeting/by_validation"].outcome is Outcome.PASSED
    assert results["greeting/by_precondition"].outcome is Outcome.PASSED
    assert texts(results["greeting/accepted"]) == [
        f"{where}:4: expected the message 'at least 3', but the module accepts these variables"
    ]
    assert texts(results["greeting/other_message"]) == [
        f"{where}:5: expected the message 'at most 3', but in the stage 'variables' it was rejected by the rule at "
        "modules/greeting/main.tf:4 with: Invalid value for variable: name must be at least 3 characters."
    ]
    assert results["greeting/no_such_variable"].outcome is Outcome.ERROR


def test_one_broken_case_hides_no_other(prove: Prove) -> None:
    results = prove(
        cases_of(
            "  good: {variables: {name: world}}\n"
            "  short: {variables: {name: ab}}\n"
            "  nobody: {variables: {name: nobody}}\n"
            "  typo: {variables: {name: world, nmes: []}}\n"
            "  nothing: {}\n"
        )
    )
    where = "tests/unit/greeting/cases.yaml"
    assert [result.outcome for result in results.values()] == [
        Outcome.PASSED, Outcome.FAILED, Outcome.FAILED, Outcome.ERROR, Outcome.ERROR, Outcome.PASSED
    ]  # fmt: skip
    assert texts(results["greeting/short"]) == [
        f"{where}:3: Invalid value for variable: name must be at least 3 characters. (modules/greeting/main.tf:4)"
    ]
    assert texts(results["greeting/nobody"]) == [
        f"{where}:4: Resource precondition failed: nobody cannot be greeted. (modules/greeting/main.tf:18)"
    ]
    assert texts(results["greeting/typo"]) == [
        f"{where}:5: the module 'greeting' has no variable 'nmes'; did you mean 'names'?"
    ]
    assert texts(results["greeting/nothing"]) == [
        f"{where}:6: the module 'greeting' requires the variable 'name', which the case does not give"
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


def outcomes_of(project: Project, found: list[cases.Case], cache: Path) -> dict[str, Planned]:
    return planner(project, cache).plan(found)


def test_unchanged_cases_are_not_planned_again(
    make_project: Callable[[dict[str, str]], Path], tmp_path: Path, runs: list[str]
) -> None:
    project, found = load(make_project({}))
    first = outcomes_of(project, found, tmp_path / "cache")
    runs.clear()
    second = outcomes_of(project, found, tmp_path / "cache")
    assert runs == []
    assert {name: planned.plan for name, planned in second.items()} == {n: p.plan for n, p in first.items()}
    assert [planned.errors for planned in second.values()] == [planned.errors for planned in first.values()]
    assert all(planned.from_cache for planned in second.values())


@pytest.mark.parametrize(
    ("path", "text", "again"),
    [
        pytest.param("modules/other/extra.tf", "# new", {"other/nested"}, id="own module"),
        pytest.param(
            "modules/greeting/extra.tf",
            "# new",
            {"other/nested", "greeting/minimal", "greeting/rejects_short_name"},
            id="sibling module",
        ),
        pytest.param("modules/greeting/README.md", "# prose", set(), id="documentation"),
        pytest.param(
            "tests/unit/other/cases.yaml",
            "cases:\n  nested:\n    description: other words\n    expect: {outputs: {text: x}}\n",
            set(),
            id="expectations only",
        ),
    ],
)
def test_what_changed_is_planned_again_and_nothing_else(
    make_project: Callable[[dict[str, str]], Path], tmp_path: Path, path: str, text: str, again: set[str]
) -> None:
    root = make_project({})
    outcomes_of(*load(root), tmp_path / "cache")
    (root / path).write_text(text)
    second = outcomes_of(*load(root), tmp_path / "cache")
    assert {name for name, planned in second.items() if not planned.from_cache} == again


def test_another_checkout_shares_the_cache(make_project: Callable[[dict[str, str]], Path], tmp_path: Path) -> None:
    root = make_project({})
    outcomes_of(*load(root), tmp_path / "cache")
    other = root.rename(tmp_path / "elsewhere")
    assert all(planned.from_cache for planned in outcomes_of(*load(other), tmp_path / "cache").values())


def test_nothing_is_left_in_the_project(make_project: Callable[[dict[str, str]], Path]) -> None:
    root = make_project({})
    before = {path for path in root.rglob("*") if ".modproof" not in path.parts}
    project, found = load(root)
    planner(project).plan(found)
    assert {path for path in root.rglob("*") if ".modproof" not in path.parts} == before
    assert not list((root / ".modproof").glob("modproof-*"))
