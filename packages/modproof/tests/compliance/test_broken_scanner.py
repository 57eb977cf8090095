"""A scanner that fails is an error, and the results of the others are reported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.compliance import scan
from modproof.compliance.scanners import Checkov, RawFinding, RootScan, Scanner, Tfsec, Trivy, checkov
from modproof.compliance.stage import Stage
from modproof.core.errors import CommandFailed, ModproofError, TimedOut
from modproof.core.progress import Progress
from modproof.core.results import Outcome, Place

from .conftest import CHECKOV_RULES, TFSEC_RULES, TODAY, Site, StubScanner

FOUND = {
    "checkov": RawFinding("CKV_AWS_122", "modules/notebook/main.tf", 6, "aws_sagemaker_notebook_instance.this"),
    "tfsec": RawFinding("aws-ec2-no-egress", "modules/notebook/main.tf", 15, "aws_security_group.this"),
    "trivy": RawFinding("AWS-0124", "modules/notebook/main.tf", 15, "aws_security_group.this"),
}
KINDS = {"checkov": (Checkov, CHECKOV_RULES), "tfsec": (Tfsec, TFSEC_RULES), "trivy": (Trivy, ())}


class Broken(StubScanner):
    """Raises ``error`` instead of scanning."""

    error: ModproofError = CommandFailed("unset")

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        del stage
        raise self.error


@pytest.mark.parametrize("name", [*KINDS])
@pytest.mark.parametrize(
    "error", [CommandFailed("it exited with 139"), TimedOut("it was stopped")], ids=["crash", "limit"]
)
def test_the_results_of_the_other_scanners_stand(site: Site, name: str, error: ModproofError) -> None:
    def scanners(_: Progress) -> Sequence[Scanner]:
        made = []
        for each, (kind, rules) in KINDS.items():
            stub = (Broken if each == name else StubScanner)(kind, rules, {"modules/notebook": (FOUND[each],)})  # type: ignore[arg-type]
            if isinstance(stub, Broken):
                stub.error = error
            made.append(stub)
        return made

    result = scan(site.project, today=TODAY, scanners=scanners)

    assert [problem.message for problem in result.errors] == [str(error)]
    assert {finding.scanner for finding in result.findings} == {"checkov", "tfsec", "trivy"} - {name}
    assert [each.scanner for each in result.scans] == [each for each in KINDS if each != name]
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize("kind", [Tfsec, Trivy])
@pytest.mark.parametrize(
    ("before", "error"),
    [
        ("kill -9 $$", " was ended by SIGKILL: no output"),
        ("ulimit -v 100000", r" (exited with \d+: (fatal error|runtime): .*memory|was ended by SIG(SEGV|ABRT|KILL))"),
        ("echo odd; exit 3", " exited with 3: odd"),
        ("exec /bin/sleep 60", r" was stopped after 1 seconds, scanning examples/stack, modules/notebook"),
    ],
    ids=["killed", "out of memory", "another program", "limit"],
)
def test_a_program_that_ends_early_is_an_error(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Tfsec | Trivy], before: str, error: str
) -> None:
    if "sleep" in before:
        site.write("pyproject.toml", "[tool.modproof.timeouts]\nscan = 1\n")
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\n{before}\nexec "{toolchain.ensure(kind.name)}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(kind, "_binary", lambda _: program)
    site.finds("checkov", "modules/notebook", FOUND["checkov"])

    result = scan(site.project, today=TODAY, scanners=lambda _: (site.checkov, kind()))

    (problem,) = result.errors
    assert re.match(f"{kind.name}{error}", problem.message), problem.message
    assert [finding.rule for finding in result.findings] == ["CKV_AWS_122"]


@pytest.mark.parametrize("error", [MemoryError(), SystemExit(2), RecursionError("too deep")])
def test_an_error_of_checkov_is_that_of_the_folder(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    original = checkov.run

    def run(*arguments: Any, root_folder: str, **others: Any) -> Any:
        if root_folder.endswith("modules/notebook"):
            raise error
        return original(*arguments, root_folder=root_folder, **others)

    monkeypatch.setattr(checkov, "run", run)

    result = scan(site.project, today=TODAY, scanners=lambda _: (Checkov(),))

    (problem,) = result.errors
    assert problem.place == Place("modules/notebook")
    assert problem.message.startswith("checkov failed in this folder, which was not checked: " + type(error).__name__)
    assert "CKV_AWS_122" in {finding.rule for finding in result.findings}
