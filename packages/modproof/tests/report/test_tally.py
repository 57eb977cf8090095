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
from modproof.report.troubles import troubles


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
def test_duration_is_as_exact_as_needed(seconds: float, words: str) -> None:
    assert tally.duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 stories"), (1, "1 story"), (2, "2 stories"), (12000, "12,000 stories")]
)
def test_plural_counts(count: int, words: str) -> None:
    assert tally.plural(count, "story", "stories") == words


def test_verdict_of_a_proved_run(proved: RunResult) -> None:
    assert tally.verdict(proved) == "proved: 25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s"


def test_verdict_of_a_wrong_run(wrong: RunResult) -> None:
    assert tally.verdict(wrong) == (
        "wrong: 2 of 25 cases failed and 1 could not be planned, 1 of 1 story failed, 3 open findings, "
        "1 ledger problem in 31 s (exit code 1: something is wrong with the modules)"
    )


def test_verdict_of_a_run_that_could_not_be_done(not_run: RunResult) -> None:
    assert tally.verdict(not_run) == (
        "not run: no story found, 1 scan not done, 1 error in 2 min 5 s "
        "(exit code 2: not all of the run could be done, so the modules are not proved)"
    )


def test_verdict_names_only_what_was_asked_for() -> None:
    result = RunResult(cases=[CaseResult("a/b", Outcome.PASSED)])
    assert tally.verdict(result) == "proved: 1 case"


def test_verdict_of_an_empty_run_is_not_green() -> None:
    assert tally.verdict(RunResult()).startswith("not run: nothing was asked for (exit code 2")
    assert tally.verdict(RunResult(cases=[])).startswith("not run: no case found (exit code 2")
    assert tally.verdict(RunResult(compliance=ComplianceResult())).startswith("not run: no scan done (exit code 2")


def test_ledger_words_never_call_a_scan_clean_that_was_not_done(proved: RunResult, not_run: RunResult) -> None:
    assert proved.compliance is not None
    assert not_run.compliance is not None
    assert tally.ledger_words(not_run.compliance) == "no scan was done"
    half = replace(proved.compliance, errors=(Problem("tfsec timed out"),))
    assert tally.ledger_words(half) == (
        "0 open findings, 9 suppressed by 4 ledger entries, 1 entry no longer needed, 1 scan not done"
    )


def test_cases_by_module_keeps_every_case(wrong: RunResult) -> None:
    modules = tally.cases_by_module(wrong.cases or [])
    assert list(modules) == ["data-buckets", "encryption-key", "execution-role", "log-groups", "notebook"]
    assert tally.case_count(modules["log-groups"]).words() == "4 passed, 4 from the cache"
    assert tally.case_count(modules["notebook"]).words() == "4 passed, 1 not run"
    assert tally.outcome_of(modules["notebook"]) is Outcome.ERROR


def test_case_without_a_module_is_a_module_of_its_own() -> None:
    assert list(tally.cases_by_module([CaseResult("broken", Outcome.ERROR)])) == ["broken"]


def test_findings_come_worst_rule_first_then_by_place(wrong: RunResult) -> None:
    assert wrong.compliance is not None
    groups = tally.findings_by_rule(wrong.compliance.findings)
    assert [(group.first.rule, [f.place.line for f in group.findings]) for group in groups] == [
        ("CKV_AWS_158", [4, 8]),
        ("aws-s3-enable-versioning", [12]),
    ]


def test_finding_group_is_as_severe_as_its_worst_finding() -> None:
    finding = Finding("checkov", "R1", "title", "a", Place("a.tf", 1), "LOW")
    worse = replace(finding, severity="CRITICAL", place=Place("b.tf", 1), guideline="https://docs.example.com/R1")
    other = replace(finding, rule="R0", severity="odd")
    groups = tally.findings_by_rule([other, finding, worse])
    assert [(group.first.rule, group.severity, group.guideline) for group in groups] == [
        ("R1", "CRITICAL", "https://docs.example.com/R1"),
        ("R0", "odd", ""),
    ]


def test_troubles_names_every_problem_with_its_place(wrong: RunResult) -> None:
    assert [(t.subject, str(t.problem.place), t.outcome.value) for t in troubles(wrong)] == [
        ("data-buckets/rejects_short_name", "tests/unit/data-buckets/cases.yaml:41", "failed"),
        ("encryption-key/rejects_short_window", "tests/unit/encryption-key/cases.yaml:58", "failed"),
        ("notebook/private", "modules/notebook/main.tf:7", "error"),
        ("notebook-stack: notebook is in service", "tests/integration/notebook-stack.yaml:31", "failed"),
        ("ledger", "compliance/ignores.yaml:22", "failed"),
    ]


def test_troubles_puts_what_kept_the_run_from_running_first(not_run: RunResult) -> None:
    assert [(t.subject, t.problem.message) for t in troubles(not_run)] == [
        ("run", "LocalStack ended with exit code 1 before it was ready"),
        ("stories", "no story was found"),
        ("scan", "tfsec could not be built: go is not there"),
    ]


def test_troubles_says_something_of_a_failure_without_a_message() -> None:
    place = Place("tests/unit/a/cases.yaml", 9)
    story = StoryResult("s", (StepResult("apply", Outcome.ERROR, 1.0),))
    found = troubles(RunResult(cases=[CaseResult("a/b", Outcome.FAILED, (), place)], stories=[story]))
    assert [(t.subject, t.problem) for t in found] == [
        ("a/b", Problem("ended without saying why", place)),
        ("s: apply", Problem("ended without saying why", None)),
    ]


def test_troubles_of_empty_parts_say_what_is_missing() -> None:
    result = RunResult(cases=[], stories=[StoryResult("s", ())], compliance=ComplianceResult())
    assert [(t.part, t.subject, t.problem.message) for t in troubles(result)] == [
        ("plans", "plans", "no case was found"),
        ("stories", "s", "no step of it was run"),
        ("compliance", "compliance", "no scanner was run"),
    ]
    assert [t.problem.message for t in troubles(RunResult())] == ["nothing was asked for"]


def test_checks_adds_the_scanners_up() -> None:
    scans = (Scan("a", "1", 180, 4, 0.1), Scan("b", "1", 34, 4, 0.1))
    assert tally.checks(ComplianceResult(scans=scans)) == 214
