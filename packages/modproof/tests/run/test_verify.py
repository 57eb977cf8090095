from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.core.documents import InvalidDocument
from modproof.core.errors import ToolMissing
from modproof.core.project import Project, Settings
from modproof.core.results import ComplianceResult, Outcome, RunResult
from modproof.run import verify as running
from modproof.run.coverage import measure
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

MakeProject = Callable[[dict[str, str]], Path]


def plans(root: Path, **selection: object) -> RunResult:
    with Services(Project(root), use_cache=False) as services:
        return verify(services, Selection(stories=False, compliance=False, **selection))  # type: ignore[arg-type]


def outcomes(result: RunResult) -> dict[str, Outcome]:
    return {case.id: case.outcome for case in result.cases or ()}


ALL = dict.fromkeys(("greeting/minimal", "greeting/rejects_short_name", "other/nested"), Outcome.PASSED)


def test_an_invalid_coverage_file_is_an_error_and_keeps_the_results_of_the_cases(make_project: MakeProject) -> None:
    result = plans(make_project({"tests/unit/greeting/coverage.yaml": "exclud:\n  - {item: x, reason: y}\n"}))
    assert outcomes(result) == ALL
    assert result.coverage is None
    assert [str(error.place) for error in result.errors] == ["tests/unit/greeting/coverage.yaml:1"]
    assert result.outcome is Outcome.ERROR


def test_nested_modules_keep_their_own_results(make_project: MakeProject) -> None:
    nested = {
        "modules/greeting/modules/inner/main.tf": 'output "x" { value = 1 }\n',
        "tests/unit/greeting/modules/inner/cases.yaml": "cases:\n  minimal: {expect: {outputs: {x: 1}}}\n",
    }
    result = plans(make_project(nested), only_cases=("greeting/modules/inner",))
    assert [(case.id, case.module) for case in result.cases or ()] == [
        ("greeting/modules/inner/minimal", "greeting/modules/inner")
    ]


def test_a_module_without_cases_and_a_broken_file_are_errors_beside_the_results(make_project: MakeProject) -> None:
    files = {"modules/untested/main.tf": "", "tests/unit/ghost/cases.yaml": "cases:\n  one: {}\n"}
    result = plans(make_project(files))
    assert outcomes(result) == {**ALL, "ghost": Outcome.ERROR, "untested": Outcome.ERROR}


def test_a_broken_file_does_not_stop_the_coverage_of_other_modules(make_project: MakeProject) -> None:
    with Services(Project(make_project({"tests/unit/other/cases.yaml": "cases: [\n"})), use_cache=False) as services:
        assert [module.module for module in measure(services, ["greeting"]).modules] == ["greeting"]
        with pytest.raises(InvalidDocument):
            measure(services, ["other"])


def test_exclusions_next_to_the_cases_of_another_folder_are_read(make_project: MakeProject) -> None:
    files = {
        "modules/plain/main.tf": 'output "unused" { value = 1 }\n',
        "tests/unit/elsewhere/cases.yaml": "module: plain\ncases:\n  one: {expect: {outputs: {unused: 1}}}\n",
        "tests/unit/elsewhere/coverage.yaml": "exclude:\n  - {item: output missing, reason: x}\n",
    }
    with Services(Project(make_project(files)), use_cache=False) as services:
        (module,) = measure(services, ["plain"]).modules
    assert [str(problem.place) for problem in module.problems] == ["tests/unit/elsewhere/coverage.yaml:2"]


def test_a_module_name_selects_its_cases_and_a_case_id_one(make_project: MakeProject) -> None:
    root = make_project({})
    assert list(outcomes(plans(root, only_cases=("greeting",)))) == ["greeting/minimal", "greeting/rejects_short_name"]
    assert list(outcomes(plans(root, only_cases=("other/nested",)))) == ["other/nested"]


def test_parts_that_the_repository_does_not_have_are_skipped_with_a_reason(make_project: MakeProject) -> None:
    with Services(Project(make_project({})), use_cache=False) as services:
        result = verify(services, Selection(skip_missing=True))
    assert result.skipped == {
        "stories": "there is no story in tests/integration",
        "compliance": "there is no ledger compliance/ignores.yaml; `modproof comply` scans without one",
    }
    assert outcomes(result) == ALL
    assert result.outcome is Outcome.PASSED


def test_a_requested_part_that_does_not_exist_is_an_error(make_project: MakeProject) -> None:
    with Services(Project(make_project({})), use_cache=False) as services:
        result = verify(services, Selection(plans=False, compliance=False))
    assert (result.stories, result.skipped, result.outcome) == ([], {}, Outcome.ERROR)


def test_a_run_without_any_part_is_not_green(tmp_path: Path) -> None:
    with Services(Project(tmp_path), use_cache=False) as services:
        result = verify(services, Selection(skip_missing=True))
    assert list(result.skipped) == ["plans", "stories", "compliance"]
    assert result.outcome is Outcome.ERROR


@pytest.mark.parametrize("scanners", [["checkov"], ["tfsec"], ["checkov", "trivy"]])
def test_a_program_that_must_be_built_is_built_while_the_parts_run(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, scanners: list[str]
) -> None:
    story = {
        "tests/integration/tree.yaml": 'terragrunt: live\naccount: "123123123123"\n',
        "live/one/terragrunt.hcl": "",
        "compliance/ignores.yaml": "ignores: []\n",
    }
    project = Project(make_project(story), Settings(scanners=scanners))
    built: list[str] = []
    released = threading.Event()

    def ensure(name: str, *_: object) -> Path:
        built.append(name)
        # the parts do not wait for it
        assert released.wait(30)
        raise ToolMissing(f"{name} cannot be built")

    def stories(*_: object) -> list[object]:
        released.set()
        return []

    monkeypatch.setattr(toolchain, "find", lambda _: None)
    monkeypatch.setattr(toolchain, "ensure", ensure)
    monkeypatch.setattr(running, "_run_stories", stories)
    monkeypatch.setattr(running.compliance, "scan", lambda *_, **__: ComplianceResult())
    with Services(project) as services:
        result = verify(services, Selection(plans=False))
    assert set(built) == {"terragrunt", *scanners} - {"checkov"}
    assert result.errors == []
