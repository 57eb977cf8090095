"""Cases of the project in ``make_project``, planned by the real Terraform, which needs no provider for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.cases import model as cases
from modproof.cases import verdict as judge
from modproof.core.cache import Cache
from modproof.core.project import Project
from modproof.core.results import CaseResult
from modproof.plan import Planner
from modproof.terraform.runner import Terraform

Prove = Callable[[dict[str, str]], dict[str, CaseResult]]
MakeProject = Callable[[dict[str, str]], Path]


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


def make_planner(project: Project, cache: Path | None = None) -> Planner:
    terraform = toolchain.find("terraform")
    assert terraform is not None
    return Planner(project, binary=terraform.path, version=terraform.version, cache=Cache(cache) if cache else None)


def texts(result: CaseResult) -> list[str]:
    return [str(problem) for problem in result.problems]


def greeting_cases(lines: str) -> dict[str, str]:
    return {"tests/unit/greeting/cases.yaml": f"cases:\n{lines}"}


@pytest.fixture
def prove(make_project: MakeProject) -> Prove:
    """Write a project, plan all its cases, and judge them: the results by case id."""

    def run(files: dict[str, str]) -> dict[str, CaseResult]:
        project, found = load(make_project(files))
        outcomes = make_planner(project).plan(found)
        return {case.id: judge(case, outcomes[case.id]) for case in found}

    return run
