"""A severity from which findings fail: less severe ones are listed, unknown ones and broken ledgers always fail."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from modproof.core.results import ComplianceResult, Finding, Outcome, Place, Problem, RunResult, Scan
from modproof.report import junit, tally
from modproof.report.provenance import Provenance
from modproof.report.scrub import scrub

LOW = Finding("checkov", "CKV_AWS_1", "One", "aws_x.this", Place("main.tf", 1), "LOW")
HIGH = replace(LOW, rule="CKV_AWS_2", severity="HIGH")
UNKNOWN = replace(LOW, rule="CKV_AWS_3", severity="UNKNOWN")
RESULT = ComplianceResult(scans=(Scan("checkov", "3.3.30", 3, 1, 0.1),))


@pytest.mark.parametrize(
    ("findings", "fail_on", "outcome", "words"),
    [
        ((LOW,), "LOW", Outcome.FAILED, "1 open finding"),
        ((LOW,), "HIGH", Outcome.PASSED, "1 open finding (1 below high)"),
        ((LOW, HIGH), "HIGH", Outcome.FAILED, "2 open findings (1 below high)"),
        ((HIGH,), "CRITICAL", Outcome.PASSED, "1 open finding (1 below critical)"),
        ((UNKNOWN,), "CRITICAL", Outcome.FAILED, "1 open finding"),
        ((), "CRITICAL", Outcome.PASSED, "0 open findings"),
    ],
)
def test_findings_fail_from_the_severity_on(
    findings: tuple[Finding, ...], fail_on: str, outcome: Outcome, words: str
) -> None:
    result = replace(RESULT, findings=findings, fail_on=fail_on)

    assert (result.outcome, tally.open_words(result)) == (outcome, words)


def test_nothing_else_passes_because_of_it() -> None:
    problem = Problem("expired")

    assert replace(RESULT, problems=(problem,), fail_on="CRITICAL").outcome is Outcome.FAILED
    assert replace(RESULT, errors=(problem,), fail_on="CRITICAL").outcome is Outcome.ERROR
    assert replace(RESULT, scans=(), fail_on="CRITICAL").outcome is Outcome.ERROR


def test_junit_has_a_failure_exactly_if_the_run_failed(about: Provenance) -> None:
    for fail_on, failures, skipped in (("LOW", "2", "0"), ("HIGH", "1", "1"), ("CRITICAL", "0", "2")):
        run = RunResult(compliance=replace(RESULT, findings=(LOW, HIGH), fail_on=fail_on))
        root = ET.fromstring(junit.render(scrub(run), about).encode())  # noqa: S314 - our own report
        assert (root.get("failures"), root.get("skipped")) == (failures, skipped), fail_on
