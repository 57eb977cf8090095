from __future__ import annotations

from dataclasses import replace

import pytest

from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    Finding,
    Outcome,
    Place,
    Problem,
    RunResult,
    Scan,
    StepResult,
    StoryResult,
)
from modproof.report import tally
from modproof.report.problems import run_problems


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-0.2, "0.0 s"),
        (0.04, "0.0 s"),
        (3.14, "3.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (31.2, "31 s"),
        (99.4, "99 s"),
        (125.4, "2 min 5 s"),
        (3599.9, "1 h 0 min"),
        (7325, "2 h 2 min"),
    ],
)
def test_duration_is_rounded_for_display(seconds: float, words: str) -> None:
    assert tally.duration(seconds) == words


def test_verdict_of_a_passed_run(passed_run: RunResult) -> None:
    assert tally.verdict(passed_run) == "passed: 25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s"


def test_verdict_of_a_failed_run(failed_run: RunResult) -> None:
    assert tally.verdict(failed_run) == (
        "failed: 2 of 25 cases failed and 1 could not be planned, 1 of 1 story failed, 3 open findings, "
        "1 ledger problem in 31 s (exit code 1: failures found)"
    )


def test_verdict_of_a_run_with_errors(error_run: RunResult) -> None:
    assert tally.verdict(error_run) == (
        "error: no story found, 1 scan not completed, 1 error in 2 min 5 s (exit code 2: configuration or tool error)"
    )


def test_verdict_lists_only_requested_parts() -> None:
    result = RunResult(cases=[CaseResult("a/b", Outcome.PASSED)])
    assert tally.verdict(result) == "passed: 1 case"


def test_verdict_of_an_empty_run_is_an_error() -> None:
    assert tally.verdict(RunResult()).startswith("error: nothing was requested (exit code 2")
    assert tally.verdict(RunResult(cases=[])).startswith("error: no case found (exit code 2")
    assert tally.verdict(RunResult(compliance=ComplianceResult())).startswith("error: no scan completed (exit code 2")


def test_ledger_words_report_scans_that_were_not_completed(passed_run: RunResult, error_run: RunResult) -> None:
    assert passed_run.compliance is not None
    assert error_run.compliance is not None
    assert tally.ledger_words(error_run.compliance) == "no scan completed"
    half = replace(passed_run.compliance, errors=(Problem("tfsec timed out"),))
    assert tally.ledger_words(half) == (
        "0 open findings, 9 suppressed by 4 ledger entries, 1 entry no longer needed, 1 scan not completed"
    )


def test_cases_by_module_groups_every_case(failed_run: RunResult) -> None:
    modules = tally.cases_by_module(failed_run.cases or [])
    assert list(modules) == ["data-buckets", "encryption-key", "execution-role", "log-groups", "notebook"]
    assert tally.case_count(modules["log-groups"]).words() == "4 passed, 4 from the cache"
    assert tally.case_count(modules["notebook"]).words() == "4 passed, 1 error"
    assert tally.outcome_of(modules["notebook"]) is Outcome.ERROR


NESTED = CaseResult("vpc/modules/subnet/minimal", Outcome.PASSED, module="vpc/modules/subnet")


def test_cases_by_module_keeps_nested_modules_apart() -> None:
    cases = [CaseResult("vpc/minimal", Outcome.PASSED, module="vpc"), NESTED]
    assert list(tally.cases_by_module(cases)) == ["vpc", "vpc/modules/subnet"]
    assert [tally.case_name(case) for case in cases] == ["minimal", "minimal"]


@pytest.mark.parametrize(
    ("id_", "module", "name"), [("vpc/modules/subnet/minimal", "vpc/modules/subnet", "minimal"), ("vpc", "vpc", "vpc")]
)
def test_case_without_a_module_is_grouped_by_its_id(id_: str, module: str, name: str) -> None:
    case = CaseResult(id_, Outcome.ERROR)
    assert list(tally.cases_by_module([case])) == [module]
    assert tally.case_name(case) == name


def test_findings_are_sorted_by_severity_then_place(failed_run: RunResult) -> None:
    assert failed_run.compliance is not None
    groups = tally.findings_by_rule(failed_run.compliance.findings)
    assert [(group.first.rule, [f.place.line for f in group.findings]) for group in groups] == [
        ("CKV_AWS_158", [4, 8]),
        ("aws-s3-enable-versioning", [12]),
    ]


def test_finding_group_has_the_highest_severity_of_its_findings() -> None:
    finding = Finding("checkov", "R1", "title", "a", Place("a.tf", 1), "LOW")
    worse = replace(finding, severity="CRITICAL", place=Place("b.tf", 1), guideline="https://docs.example.com/R1")
    other = replace(finding, rule="R0", severity="odd")
    groups = tally.findings_by_rule([other, finding, worse])
    assert [(group.first.rule, group.severity, group.guideline) for group in groups] == [
        ("R1", "CRITICAL", "https://docs.example.com/R1"),
        ("R0", "odd", ""),
    ]


def test_run_problems_lists_every_problem_with_its_place(failed_run: RunResult) -> None:
    assert [(t.subject, str(t.problem.place), t.outcome.value) for t in run_problems(failed_run)] == [
        ("data-buckets/rejects_short_name", "tests/unit/data-buckets/cases.yaml:41", "failed"),
        ("encryption-key/rejects_short_window", "tests/unit/encryption-key/cases.yaml:58", "failed"),
        ("notebook/private", "modules/notebook/main.tf:7", "error"),
        ("notebook-stack: notebook is in service", "tests/integration/notebook-stack.yaml:31", "failed"),
        ("ledger", "compliance/ignores.yaml:22", "failed"),
    ]


def test_run_problems_lists_errors_of_the_run_first(error_run: RunResult) -> None:
    assert [(t.subject, t.problem.message) for t in run_problems(error_run)] == [
        ("run", "LocalStack ended with exit code 1 before it was ready"),
        ("stories", "no story found"),
        ("scan", "tfsec could not be built: go was not found"),
    ]


def test_run_problems_describes_a_failure_without_a_message() -> None:
    place = Place("tests/unit/a/cases.yaml", 9)
    story = StoryResult("s", (StepResult("apply", Outcome.ERROR, 1.0),))
    found = run_problems(RunResult(cases=[CaseResult("a/b", Outcome.FAILED, (), place)], stories=[story]))
    assert [(t.subject, t.problem) for t in found] == [
        ("a/b", Problem("ended without a message", place)),
        ("s: apply", Problem("ended without a message", None)),
    ]


def test_run_problems_reports_empty_parts() -> None:
    result = RunResult(cases=[], stories=[StoryResult("s", ())], compliance=ComplianceResult())
    assert [(t.subject, t.problem.message) for t in run_problems(result)] == [
        ("plans", "no case found"),
        ("s", "no step was run"),
        ("compliance", "no scanner was run"),
    ]
    assert [t.problem.message for t in run_problems(RunResult())] == ["nothing was requested"]


def test_checks_sums_all_scanners() -> None:
    scans = (Scan("a", "1", 180, 4, 0.1), Scan("b", "1", 34, 4, 0.1))
    assert tally.checks(ComplianceResult(scans=scans)) == 214
