"""Repositories of ten shapes, from ``modproof init`` to ``modproof verify``, with modproof from its wheel."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from .commands import Done
from .conftest import Run
from .repositories import REPOSITORIES

NOT_THERE = {
    "stories": "there is no story in tests/integration",
    "compliance": "there is no ledger compliance/ignores.yaml; `modproof comply` scans without one",
}


@dataclass(frozen=True)
class Expected:
    """The cases that plan after ``init``; the cases that cannot, with words of the reason and the exit codes."""

    passed: frozenset[str]
    not_run: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def code(self) -> int:
        return 2 if self.not_run else 0


def names(*cases: str) -> frozenset[str]:
    return frozenset(cases)


EXPECTED = {
    "root_with_submodules": Expected(
        names("root/minimal", "root/complete", "root/readme", "vpc-endpoints/complete"),
    ),
    "flat_modules": Expected(names(*(f"m{number:02}/minimal" for number in range(59)))),
    "nested_modules": Expected(
        names(
            "messaging/queue/minimal",
            "messaging/queue/all",
            "messaging/queue/modules/labels/minimal",
            "naming/labels/minimal",
            "naming/labels/all",
        )
    ),
    "bare_root": Expected(names("root/minimal")),
    "missing_provider": Expected(
        names("labels/minimal"),
        not_run={"ghost/minimal": ("registry.example.invalid/acme/ghost ~> 1.0", "modules/ghost/main.tf:3")},
    ),
    "data_sources": Expected(names("server/minimal")),
    "json": Expected(names("labels/minimal", "labels/all")),
    "links": Expected(names("labels/minimal", "names/minimal")),
    "terragrunt": Expected(names("labels/minimal", "labels/unit_dev_labels", "labels/unit_prod_labels")),
    "scanner_configurations": Expected(names("bucket/minimal")),
}


@pytest.fixture(params=REPOSITORIES)
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The name and the root folder of a repository."""
    return request.param, REPOSITORIES[request.param].make(tmp_path / request.param)


def changed_files(root: Path) -> set[str]:
    """The new and the changed files, without those that git ignores."""
    argv = ["git", "status", "--porcelain", "--untracked-files=all"]
    lines = subprocess.run(argv, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    return {line[3:] for line in lines}


def resources(root: Path, case: str) -> Mapping[str, int]:
    """The number of planned resources by type that ``init`` wrote into a case."""
    module, _, name = case.rpartition("/")
    text = (root / "tests/unit" / module / "cases.yaml").read_text(encoding="utf-8")
    found: Mapping[str, int] = yaml.safe_load(text)["cases"][name]["expect"]["resources"]
    return found


def outcomes(done: Done) -> dict[str, str]:
    return {case["id"]: case["outcome"] for case in json.loads(done.stdout)["cases"]}


def test_the_first_commands_pass_in_a_repository_of_each_shape(repository: tuple[str, Path], run: Run) -> None:
    name, root = repository
    expected = EXPECTED[name]
    written = [case for case in [*expected.passed, *expected.not_run] if not case.partition("/")[2].startswith("unit_")]

    begun = run("modproof", "init", cwd=root)
    assert begun.code == expected.code, begun.stdout
    planned = len(written) - len(expected.not_run)
    assert begun.last_line.startswith(f"{planned} of {len(written)} case"), begun.stdout
    modules = {case.rpartition("/")[0] for case in written}
    assert changed_files(root) == {f"tests/unit/{module}/cases.yaml" for module in modules}

    assert [case for case in written if case in expected.passed and not any(resources(root, case).values())] == []

    plan = run("modproof", "plan", "--json", cwd=root)
    assert plan.code == expected.code, plan.stderr
    found = outcomes(plan)
    assert {case for case, outcome in found.items() if outcome == "passed"} == expected.passed
    assert {case for case, outcome in found.items() if outcome == "error"} == {*expected.not_run}
    for words in expected.not_run.values():
        assert all(word in plan.stdout for word in words), plan.stdout

    tested = run("pytest", "-q", cwd=root)
    failures = f"{len(expected.not_run)} failed, " if expected.not_run else ""
    assert tested.last_line.startswith(f"{failures}{len(expected.passed)} passed"), tested.stdout

    verified = run("modproof", "verify", "--json", cwd=root)
    assert verified.code == expected.code, verified.stderr
    assert outcomes(verified) == found
    assert json.loads(verified.stdout)["skipped"] == NOT_THERE
    assert changed_files(root) == {f"tests/unit/{module}/cases.yaml" for module in modules}
