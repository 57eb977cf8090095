"""Every report shows how many plans were scanned, what only they have, and what they cannot decide."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from modproof import report
from modproof.core.results import ComplianceResult, Finding, Place, RunResult, Scan
from modproof.report import document, markdown, page
from modproof.report.provenance import Provenance
from modproof.report.scrub import scrub

WAITS = "1 check of plans needs a value that is known after apply: CKV_AWS_158"
FINDING = Finding("checkov", "CKV_AWS_27", "Key", "", Place("main.tf", 1))
RESULT = RunResult(
    compliance=ComplianceResult(
        scans=(Scan("checkov", "3.3.30", 180, 41, 5.1), Scan("checkov", "3.3.30", 70, 30, 0.8, plans=59)),
        findings=(
            replace(FINDING, address="aws_sqs_queue.planned", seen_in=("plan",)),
            replace(FINDING, address="aws_sqs_queue.both", seen_in=("code", "plan")),
        ),
        undecided=(replace(FINDING, rule="CKV_AWS_158", address="aws_cloudwatch_log_group.a", seen_in=("plan",)),),
    )
)


def terminal(result: RunResult, about: Provenance) -> str:
    del about
    file = io.StringIO()
    report.terminal(result, Console(file=file, width=200))
    return file.getvalue()


def json_of(result: RunResult, about: Provenance) -> str:
    found = json.loads(document.render(scrub(result), about))["compliance"]
    assert [each["seen_in"] for each in found["findings"]] == [["plan"], ["code", "plan"]]
    assert [each["address"] for each in found["undecided"]] == ["aws_cloudwatch_log_group.a"]
    return str(found["scans"][1]["plans"])


@pytest.mark.parametrize(
    ("render", "parts"),
    [
        (terminal, ["70 checks of 30 resources in 59 plans", "aws_sqs_queue.planned (only in a plan)", WAITS]),
        (
            lambda result, about: markdown.render(scrub(result), about),
            ["checkov 3.3.30 (59 plans)", "(only in a plan)", "known after apply"],
        ),
        (
            lambda result, about: page.render(scrub(result), about),
            ["checkov (59 plans)", 'planned</code></a> <span class="quiet">only in a plan</span>', WAITS],
        ),
        (json_of, ["59"]),
    ],
    ids=["terminal", "markdown", "page", "json"],
)
def test_plans_are_reported(
    render: Callable[[RunResult, Provenance], str], parts: list[str], about: Provenance
) -> None:
    text = render(RESULT, about)

    assert [part for part in parts if part not in text] == []
    assert text.count("only in a plan") in (0, 1)
