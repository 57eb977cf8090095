"""Plans cases of the project in ``make_project`` with the real Terraform; they need no provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modproof.cases import judge
from modproof.core.results import CaseResult
from modproof.plan import provider_lock
from modproof.terraform.runner import Terraform

from ..conftest import MakeProject, load, make_planner

ResultsOf = Callable[[dict[str, str]], dict[str, CaseResult]]


@pytest.fixture(autouse=True)
def selections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each checkout selects its own providers, as without a mirror."""
    monkeypatch.setattr(provider_lock.Selections, "get", lambda *_: {})


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


@pytest.fixture
def results_of(make_project: MakeProject) -> ResultsOf:
    """Write a project, plan all its cases, and judge them: the results by case id."""

    def run(files: dict[str, str]) -> dict[str, CaseResult]:
        project, found = load(make_project(files))
        planned = make_planner(project).plan(found)
        return {case.id: judge(case, planned[case.id]) for case in found}

    return run
