"""Scanners run by hand, with the settings generated from the ledger, report the same as the ledger."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml

from modproof import toolchain
from modproof.compliance import check, checks, generate, scan
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.parallel import side_by_side
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, Outcome
from modproof.run.compliance import plans_of
from modproof.run.services import Services

PROJECT = Project.find(Path(__file__))

compared_with_the_ledger = pytest.mark.xdist_group("ledger")
"""With ``-n 2 --dist loadgroup``, one process scans for these tests."""

NOTED = {
    "checkov": {
        "CKV2_AWS_61",
        "CKV2_AWS_62",
        "CKV_AWS_109",
        "CKV_AWS_111",
        "CKV_AWS_122",
        "CKV_AWS_144",
        "CKV_AWS_356",
    },
    "tfsec": {"aws-iam-no-policy-wildcards", "aws-vpc-no-public-egress-sgr"},
}
"""The project's original exceptions: each is in force, or retired with a reason."""


def in_code(result: ComplianceResult, scanner: str) -> set[str]:
    """Return the rule IDs of the accepted findings that show without a plan."""
    findings = [item.finding for item in result.suppressed]
    return {one.rule for one in findings if one.scanner == scanner and "code" in one.seen_in}


def examples_in_ledger(scanner: str) -> list[str]:
    """Return the folders of a scanner's entries with a path. Paths with wildcards are of findings in plans."""
    entries = yaml.safe_load(PROJECT.ledger.read_text(encoding="utf-8"))["ignores"]
    paths = [
        scope["path"]
        for entry in entries
        if entry["scanner"] == scanner
        for scope in entry["scope"]
        if "*" not in scope.get("path", "*")
    ]
    return sorted({str(PROJECT.root / Path(path).parent) for path in paths})


def checkov(*arguments: str, cwd: Path = PROJECT.root) -> process.Completed:
    program = Path(sys.executable).with_name("checkov")
    return process.run([str(program), *arguments], cwd=cwd, env=base_environment())


def tfsec(*arguments: str) -> process.Completed:
    program = toolchain.ensure("tfsec")
    return process.run([str(program), *arguments], cwd=PROJECT.root, env=base_environment())


def existing() -> list[str]:
    return [str(folder) for folder in PROJECT.scanned if folder.is_dir()]


@pytest.fixture(scope="module")
def result(request: pytest.FixtureRequest) -> ComplianceResult:
    with Services(PROJECT, use_cache=not request.config.getoption("modproof_no_cache")) as services:
        return scan(PROJECT, plans=plans_of(services))


@compared_with_the_ledger
def test_the_modules_are_held_to_the_ledger(result: ComplianceResult) -> None:
    assert [str(error) for error in result.errors] == []
    assert [f"{finding.place}: {finding.rule} {finding.address}" for finding in result.findings] == []
    assert [str(problem) for problem in result.problems] == []
    assert result.outcome is Outcome.PASSED
    assert all(scan.checks > 10 and scan.resources > 5 for scan in result.scans)
    assert sum(scan.plans for scan in result.scans) > 50


def test_generated_files_are_what_the_ledger_makes() -> None:
    assert [str(problem) for problem in generate(PROJECT, check=True)] == []


def test_each_rule_of_the_ledger_fails_in_its_canary() -> None:
    checked = check(PROJECT)

    assert [str(problem) for problem in checked.problems] == []
    assert checked.without_canary == ()


@compared_with_the_ledger
def test_every_exception_that_the_project_began_with_is_accounted_for(result: ComplianceResult) -> None:
    listed = [(entry.scanner, entry.rule) for entry in (*result.entries, *result.retired)]

    for scanner, rules in NOTED.items():
        for rule in rules:
            assert (scanner, rule) in listed


def test_checkov_with_its_made_settings_finds_nothing() -> None:
    completed = checkov("--config-file", ".checkov.yaml")

    assert completed.returncode == 0, completed.stdout + completed.stderr
    passed = re.search(r"Passed checks: (\d+), Failed checks: 0,", completed.stdout)
    assert passed is not None, completed.stdout
    assert int(passed[1]) > 100, "so few checks that hardly anything can have been scanned"
    assert completed.stderr == ""


@compared_with_the_ledger
def test_checkov_without_them_finds_what_the_ledger_names(result: ComplianceResult, tmp_path: Path) -> None:
    def failed(folder: str) -> set[str]:
        # checkov reads .checkov.yaml from the working folder and the scanned folder
        completed = checkov(
            *("--directory", folder, "--framework", "terraform", "--skip-download", "--soft-fail", "--output", "json"),
            *("--external-checks-dir", *checks.__path__),
            cwd=tmp_path,
        )
        return {each["check_id"] for each in json.loads(completed.stdout)["results"]["failed_checks"]}

    # checkov confuses two examples that call the same module in one run, so each is scanned separately
    folders = [*existing(), *examples_in_ledger("checkov")]
    found = side_by_side([partial(failed, folder) for folder in folders], at_once=os.cpu_count())

    assert [error for error in found if isinstance(error, Exception)] == []
    assert set[str]().union(*(rules for rules in found if not isinstance(rules, Exception))) == in_code(
        result, "checkov"
    )


def test_tfsec_with_its_made_settings_finds_nothing() -> None:
    completed = tfsec("--no-colour")

    assert completed.returncode == 0, completed.stdout + completed.stderr
    passed = re.search(r"passed +(\d+)", completed.stdout)
    assert passed is not None, completed.stdout
    assert int(passed[1]) > 20, "so few checks that hardly anything can have been scanned"


@compared_with_the_ledger
def test_tfsec_without_them_finds_what_the_ledger_names(result: ComplianceResult) -> None:
    found: set[str] = set()
    for folder in existing():
        # tfsec reads .tfsec/ from the folder that it is given, so a folder below the root is scanned without it
        completed = tfsec(folder, "--force-all-dirs", "--no-module-downloads", "--soft-fail", "--format", "json")
        found |= {result["long_id"] for result in json.loads(completed.stdout)["results"]}

    assert found == in_code(result, "tfsec")
