"""Failures of the machine, the network or a tool: an error, not a failed case, and nothing of it is kept."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modproof.cases import judge
from modproof.core.errors import CommandFailed
from modproof.core.results import CaseResult, Outcome
from modproof.plan import batch
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.runner import PlanRun, Terraform

from ..conftest import GREETING, MakeProject, greeting_cases, load, make_planner, texts

ResultOf = Callable[[Path], dict[str, CaseResult]]
TWO_CASES = greeting_cases("  one: {variables: {name: world}}\n  two: {variables: {name: moon}}\n")
CALL = "call. The plugin logs may contain more details."


def crash(address: str | None = None) -> Diagnostic:
    detail = f"The plugin encountered an error, and failed to respond to the plugin.(*GRPCProvider).X {CALL}"
    return Diagnostic("error", "Plugin did not respond", detail, address=address)


DISK_FULL = Diagnostic("error", "Failed to write plan file", "write batch.tfplan: no space left on device.")
Failing = Callable[[Callable[[int, Path], Diagnostic | None]], list[int]]


@pytest.fixture
def results(tmp_path: Path) -> ResultOf:
    """Plan all cases of a project with a cache, and judge them."""

    def run(root: Path) -> dict[str, CaseResult]:
        project, found = load(root)
        planned = make_planner(project, tmp_path / "cache").plan(found)
        return {case.id: judge(case, planned[case.id]) for case in found}

    return run


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Failing:
    """Replace plans by errors: the function gets the number of the plan and its folder. Returns the numbers so far."""

    def patch(error: Callable[[int, Path], Diagnostic | None]) -> list[int]:
        numbers: list[int] = []
        real = Terraform.plan_to

        def plan_to(self: Terraform, plan_file: Path, **options: Any) -> PlanRun:
            numbers.append(len(numbers))
            found = error(numbers[-1], self.folder)
            return PlanRun(changes=False, errors=(found,)) if found else real(self, plan_file, **options)

        monkeypatch.setattr(Terraform, "plan_to", plan_to)
        return numbers

    return patch


def test_a_git_source_that_is_not_there_yet_is_an_error_and_not_cached(
    make_project: MakeProject, tmp_path: Path, results: ResultOf
) -> None:
    source = tmp_path / "source"
    calling = f'module "x" {{\n  source = "git::file://{source}?ref=v1.0.0"\n  name   = "inner"\n}}\n'
    root = make_project(
        {
            "modules/calling/main.tf": calling,
            "tests/unit/calling/cases.yaml": "cases:\n  one: {}\n  rejected: {rejects: {match: .*}}\n",
        }
    )
    first = results(root)
    assert first["calling/one"].outcome is first["calling/rejected"].outcome is Outcome.ERROR
    (text,) = texts(first["calling/one"])
    assert "does not appear to be a git repository" in text
    assert "check the address and the version of its source" in text
    assert first["greeting/minimal"].outcome is first["other/nested"].outcome is Outcome.PASSED
    source.mkdir()
    (source / "main.tf").write_text(GREETING)
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "x"], ["tag", "v1.0.0"]):
        subprocess.run(["git", "-C", str(source), *command], check=True)
    assert results(root)["calling/one"].outcome is Outcome.PASSED


def test_a_provider_that_ends_once_is_started_again(
    make_project: MakeProject, results: ResultOf, failing: Failing
) -> None:
    numbers = failing(lambda number, _: crash() if number == 0 else None)
    found = results(make_project(TWO_CASES))
    assert {result.outcome for result in found.values()} == {Outcome.PASSED}
    assert numbers == [0, 1]


def test_a_provider_that_ends_twice_is_an_error_of_the_run(
    make_project: MakeProject, tmp_path: Path, results: ResultOf, failing: Failing
) -> None:
    numbers = failing(lambda *_: crash())
    with pytest.raises(CommandFailed, match=r"Plugin did not respond.*; the provider ended unexpectedly"):
        results(make_project(TWO_CASES))
    assert numbers == [0, 1]
    assert list((tmp_path / "cache").rglob("*.json")) == []


def test_a_provider_that_always_ends_in_one_case_stops_no_other_case(
    make_project: MakeProject, results: ResultOf, failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_other(_: int, folder: Path) -> Diagnostic | None:
        files = list(folder.glob("case_other_nested_*.tf.json"))
        return crash(f"module.{files[0].name.partition('.')[0]}.module.greeting.terraform_data.this") if files else None

    root = make_project(TWO_CASES)
    with monkeypatch.context():
        failing(in_other)
        found = results(root)
    assert {name: result.outcome for name, result in found.items()} == {
        "greeting/one": Outcome.PASSED,
        "greeting/two": Outcome.PASSED,
        "other/nested": Outcome.ERROR,
    }
    again = results(root)
    assert {name: result.from_cache for name, result in again.items()} == {
        "greeting/one": True,
        "greeting/two": True,
        "other/nested": False,
    }


def test_a_provider_that_ends_with_and_without_the_named_cases_gives_all_of_them_up(
    make_project: MakeProject, results: ResultOf, failing: Failing
) -> None:
    def in_first(_: int, folder: Path) -> Diagnostic | None:
        name = min(path.name for path in folder.glob("*_*_*.tf.json")).partition(".")[0]
        return crash(f"module.{name}.terraform_data.this")

    many = "".join(f"  case{n}: {{variables: {{name: world}}, unknown: [secret]}}\n" for n in range(5))
    deferred = 'data "terraform_remote_state" "x" {\n  backend    = "local"\n  depends_on = [terraform_data.this]\n}\n'
    files = greeting_cases(many) | {"modules/greeting/main.tf": GREETING + deferred}
    numbers = failing(in_first)
    found = results(make_project(files))
    assert {result.outcome for result in found.values()} == {Outcome.ERROR}
    # two plans with all cases, and two with the cases that were not named
    assert len(numbers) == 4


def test_a_full_disk_is_an_error_of_the_run_and_not_cached(
    make_project: MakeProject, tmp_path: Path, results: ResultOf, failing: Failing
) -> None:
    failing(lambda *_: DISK_FULL)
    with pytest.raises(CommandFailed, match=r"no space left on device.*; free disk space"):
        results(make_project(TWO_CASES))
    assert list((tmp_path / "cache").rglob("*.json")) == []


def test_a_root_that_cannot_be_written_is_an_error_with_the_reason(
    make_project: MakeProject, results: ResultOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(batch, "write", full)
    with pytest.raises(CommandFailed, match="No space left on device; free disk space"):
        results(make_project({}))


def test_groups_that_were_planned_are_cached_if_another_one_could_not_be_run(
    make_project: MakeProject, results: ResultOf, failing: Failing
) -> None:
    root = make_project({})
    # rejecting cases are a separate group
    failing(lambda _, folder: crash() if any(folder.glob("case_greeting_rejects_*")) else None)
    with pytest.raises(CommandFailed):
        results(root)
    project, found = load(root)
    planner = make_planner(project, root.parent / "cache")
    assert {case.id for case in found if not planner.explain(case)} == {"greeting/minimal", "other/nested"}


def test_an_error_of_no_case_is_not_cached(make_project: MakeProject, results: ResultOf, failing: Failing) -> None:
    root = make_project({})
    failing(lambda number, _: Diagnostic("error", "Something else", "") if number < 2 else None)
    assert {result.outcome for result in results(root).values()} == {Outcome.FAILED}
    assert {result.outcome for result in results(root).values()} == {Outcome.PASSED}
