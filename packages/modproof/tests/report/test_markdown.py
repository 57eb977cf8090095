from __future__ import annotations

import re
from dataclasses import replace

import pytest

from modproof.core.results import (
    CaseResult,
    CoverageSummary,
    Finding,
    Outcome,
    Place,
    Problem,
    RunResult,
    StepResult,
    StoryResult,
)
from modproof.report import markdown
from modproof.report.provenance import Provenance


def test_markdown_of_a_passed_run(passed_run: RunResult, about: Provenance) -> None:
    text = markdown.render(passed_run, about)
    assert text.startswith(
        "## ✅ pipeline-modules: passed\n\n"
        "25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s. "
        "Exit code 0: passed.\n\n"
        "Revision <code>bca30e5f0c1d</code>, 24 November 2025, 04:13 UTC, modproof 0.1.0.\n\n"
        "### Compliance: 0 open findings, 9 suppressed by 4 ledger entries, 1 entry no longer needed\n\n"
        "<details><summary>9 findings suppressed by 4 ledger entries</summary>\n\n"
        "| Rule | Description | Reason | Owner | Review by | Covers |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    assert (
        "| <code>CKV_AWS_122</code> checkov | Ensure that direct internet access is disabled for a SageMaker notebook "
        "instance | To train or host models from a notebook, you need internet access. No NAT gateway created yet. "
        '| platform | 2026-06-30 | 1: <code>module.data-buckets.aws_s3_bucket.this\\["training"\\]</code> |\n'
    ) in text
    assert "| ✅ | <code>log-groups</code> | 4 passed, 4 from the cache |\n" in text
    assert "<details><summary>✅ notebook-stack: 9 steps in 30 s</summary>" in text
    assert "| checkov 3.3.30 | 180 | 41 | 5.1 |\n" in text
    assert "### Scans: 214 checks in 5.9 s\n" in text
    assert "| aws provider | 5.100.0 |\n" in text


def test_markdown_lists_problems_and_open_findings(failed_run: RunResult, about: Provenance) -> None:
    text = markdown.render(failed_run, about)
    assert text.startswith("## ❌ pipeline-modules: failed\n")
    assert (
        "- ❌ **encryption-key/rejects_short_window** <code>tests/unit/encryption-key/cases.yaml:58</code><br>"
        "expected a rejection with must be 7-30, but the module accepts these variables<br>"
        "Fix: add the validation to modules/encryption-key/variables.tf, or drop the case\n"
    ) in text
    assert (
        "| high | <code>CKV_AWS_158</code> checkov | Ensure that CloudWatch Log Group is encrypted by KMS "
        "| <code>module.log-groups.aws_cloudwatch_log_group.endpoint</code> "
        "| <code>modules/log-groups/main.tf:4</code> |"
    ) in text
    assert text.index("### 5 problems") < text.index("### Compliance: 3 open findings") < text.index("### Plans")


def test_markdown_of_a_run_with_errors(error_run: RunResult, about: Provenance) -> None:
    text = markdown.render(error_run, replace(about, revision=""))
    assert text.startswith("## ⚠️ pipeline-modules: error\n")
    assert "Exit code 2: configuration or tool error." in text
    assert "Revision <code>unknown: not a git checkout</code>" in text
    assert "### Compliance: no scan completed" in text


@pytest.mark.parametrize(
    ("message", "rendered"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a | b", "a \\| b"),
        ("`code` *bold* ~~gone~~", "\\`code\\` \\*bold\\* \\~\\~gone\\~\\~"),
        ("[text](https://evil.example)", "\\[text\\](https://evil.example)"),
        ("${var.name} & $x$", "\\$\\{var.name\\} &amp; \\$x\\$"),
        ("snake_case and _emphasis_", "snake_case and \\_emphasis\\_"),
        ("two\n  indented", "two<br>&nbsp;&nbsp;indented"),
        ("see #12", "see \\#12"),
        ("https://docs.example.com/@team", "https://docs.example.com/@team"),
        ("@platform owns me@example.com", "@<!-- -->platform owns me@example.com"),
    ],
)
def test_markdown_escapes_a_message(message: str, rendered: str, about: Provenance) -> None:
    result = RunResult(errors=[Problem(message)])
    assert f"- ⚠️ **run**<br>{rendered}\n" in markdown.render(result, about)


def test_markdown_lists_a_nested_module_as_its_own_module(about: Provenance) -> None:
    case = CaseResult("vpc/modules/subnet/minimal", Outcome.PASSED, module="vpc/modules/subnet")
    text = markdown.render(RunResult(cases=[case]), about)
    assert "| ✅ | <code>vpc/modules/subnet</code> | 1 passed |\n" in text


def test_markdown_cells_stay_in_their_row(about: Provenance) -> None:
    steps = (StepResult("a | b\nc", Outcome.PASSED, 1.0, (), "x\n\n| y |"),)
    text = markdown.render(RunResult(stories=[StoryResult("s", steps)]), about)
    assert "| ✅ | a \\| b<br>c | 1.0 | x<br><br>\\| y \\| |\n" in text


def test_markdown_stays_below_the_github_limit(failed_run: RunResult, about: Provenance) -> None:
    assert failed_run.compliance is not None
    finding = failed_run.compliance.findings[0]
    findings: tuple[Finding, ...] = tuple(
        replace(finding, address=f"module.a.b{n}", title="✗" * 1000, place=Place("a.tf", n)) for n in range(3000)
    )
    cases = [CaseResult(f"m{n}/c", Outcome.FAILED, (Problem("x" * 5000),)) for n in range(3000)]
    text = markdown.render(
        replace(failed_run, cases=cases, compliance=replace(failed_run.compliance, findings=findings)), about
    )
    assert len(text.encode()) <= markdown.LIMIT_BYTES < 1024 * 1024
    assert text.startswith("## ❌ pipeline-modules: failed\n\n3,000 of 3,000 cases failed")
    omitted = [int(number.replace(",", "")) for number in re.findall(r"and ([\d,]+) more, in report\.json", text)]
    assert omitted
    assert all(number < 3002 for number in omitted)


@pytest.mark.parametrize(("covered", "counted", "mark"), [(0, 4, ""), (3, 4, ""), (4, 4, "✅"), (0, 0, "")])
def test_markdown_has_a_tick_only_for_a_covered_module(
    covered: int, counted: int, mark: str, about: Provenance
) -> None:
    percent = 100 * covered / (counted or 1)
    module = CoverageSummary("zone", covered, counted, percent, None, ())
    (row,) = [line for line in markdown.render(RunResult(coverage=[module]), about).splitlines() if ">zone<" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[0] == mark
    assert cells[2] == (f"{covered} of {counted} ({percent:g} %)" if counted else "nothing to cover")
