from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from modproof import report
from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    Outcome,
    Place,
    Problem,
    RunResult,
    StepResult,
    StoryResult,
)


def shown(result: RunResult, width: int = 80, encoding: str = "utf-8", **options: object) -> str:
    """The terminal summary of ``result`` in ``width`` columns."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    environment = options.pop("environment", {})
    report.terminal(result, Console(file=file, width=width, _environ=environment, **options))  # type: ignore[arg-type]
    file.flush()
    return raw.getvalue().decode(encoding)


def test_terminal_shows_a_passed_run(passed_run: RunResult) -> None:
    assert shown(passed_run) == (
        "Plans      25 cases of 5 modules: 25 passed, 4 from the cache               14 s\n"
        "  ✓ data-buckets    6 passed\n"
        "  ✓ encryption-key  5 passed\n"
        "  ✓ execution-role  5 passed\n"
        "  ✓ log-groups      4 passed, 4 from the cache\n"
        "  ✓ notebook        5 passed\n"
        "\n"
        "Stories    1 story, 9 steps; 69 % of 2 cores, peak memory 2.1 GB            30 s\n"
        "  ✓ notebook-stack                                                          30 s\n"
        "    ✓ apply  27 resources                                                   14 s\n"
        "    ✓ second plan is empty                                                 3.9 s\n"
        "    ✓ training bucket is encrypted with the stack's own key                0.1 s\n"
        "      s3.get_bucket_encryption\n"
        "    ✓ notebook is in service  sagemaker.describe_notebook_instance         0.1 s\n"
        "    ✓ log groups keep 30 days  logs.describe_log_groups                    0.1 s\n"
        "    ✓ notebook role passes only itself  iam.get_role_policy                0.1 s\n"
        "    ✓ a longer retention is an update in place  1 update                   5.6 s\n"
        "    ✓ destroy  27 resources                                                4.7 s\n"
        "    ✓ nothing is left behind  1 key is pending deletion                    0.8 s\n"
        "\n"
        "Compliance 0 open findings, 9 suppressed by 4 ledger entries, 1 entry no   5.9 s\n"
        "           longer needed\n"
        "  ✓ checkov 3.3.30: 180 checks of 41 resources                             5.1 s\n"
        "  ✓ tfsec 1.28.14: 34 checks of 41 resources                               0.5 s\n"
        "\n"
        "passed: 25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s\n"
    )


def test_terminal_lists_every_problem_with_place_message_and_hint(failed_run: RunResult) -> None:
    text = shown(failed_run)
    assert text.startswith("5 problems\n")
    assert (
        "  ✗ encryption-key/rejects_short_window\n"
        "    tests/unit/encryption-key/cases.yaml:58\n"
        "    expected a rejection with must be 7-30, but the module accepts these\n"
        "    variables\n"
        "    fix: add the validation to modules/encryption-key/variables.tf, or drop the\n"
        "    case\n"
    ) in text
    assert '  ! notebook/private\n    modules/notebook/main.tf:7\n    unsupported block type "resorce"\n' in text
    assert (
        "3 open findings\n"
        "  ✗ CKV_AWS_158 checkov high\n"
        "    Ensure that CloudWatch Log Group is encrypted by KMS\n"
        "    modules/log-groups/main.tf:4  module.log-groups.aws_cloudwatch_log_group.endpoint\n"
        "    modules/log-groups/main.tf:8  module.log-groups.aws_cloudwatch_log_group.this\n"
    ) in text
    assert "  ✗ encryption-key  4 passed, 1 failed\n" in text
    assert "    ✗ notebook is in service  sagemaker.describe_notebook_instance         0.2 s\n" in text
    assert " ".join(text.split()).endswith("(exit code 1: failures found)")


def test_terminal_shows_why_a_run_ended_with_an_error(error_run: RunResult) -> None:
    text = shown(error_run)
    assert (
        "  ! run\n"
        "    .modproof/emulator/localstack.log\n"
        "    LocalStack ended with exit code 1 before it was ready\n"
        "    fix: read the end of the log; run modproof doctor\n"
    ) in text
    assert "Stories    no story found\n" in text
    assert "Compliance no scan completed\n" in text
    assert "0 open findings" not in text, "a scan that was not completed is not clean"
    assert " ".join(text.split()).endswith("(exit code 2: configuration or tool error)")


def test_terminal_omits_parts_that_were_not_requested() -> None:
    text = shown(RunResult(cases=[CaseResult("a/b", Outcome.PASSED)]))
    assert text == "Plans      1 case of 1 module: 1 passed\n  ✓ a  1 passed\n\npassed: 1 case\n"


@pytest.mark.parametrize("fixture", ["passed_run", "failed_run", "error_run"])
def test_terminal_wraps_at_its_width(fixture: str, request: pytest.FixtureRequest) -> None:
    lines = shown(request.getfixturevalue(fixture), width=60).splitlines()
    places = ("modules/", "tests/", "compliance/", ".modproof/")
    assert [line for line in lines if len(line) > 60 and not line.strip().startswith(places)] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_terminal_lists_a_nested_module_as_its_own_module() -> None:
    case = CaseResult("vpc/modules/subnet/minimal", Outcome.PASSED, module="vpc/modules/subnet")
    assert "  ✓ vpc/modules/subnet  1 passed\n" in shown(RunResult(cases=[case]))


def test_terminal_describes_a_mismatch(failed_run: RunResult) -> None:
    text = shown(failed_run, width=160)
    assert '    aws_s3_bucket.this["training"]: bucket: expected "demo-training", found "demo-train"\n' in text


def test_terminal_never_wraps_a_place() -> None:
    place = Place("modules/" + "deeply/" * 20 + "main.tf", 12)
    assert f"    {place}\n" in shown(RunResult(errors=[Problem("no", place)]))


def test_terminal_uses_no_colour_with_no_color_set(failed_run: RunResult) -> None:
    plain = shown(failed_run, force_terminal=True, environment={"NO_COLOR": "1", "TERM": "xterm"})
    assert "\x1b[3" not in plain
    coloured = shown(failed_run, force_terminal=True, environment={"TERM": "xterm-256color"})
    assert "\x1b[1;31m✗\x1b[0m" in coloured
    assert "\x1b[1;31mfailed: " in coloured


def test_terminal_without_unicode_uses_letters_and_does_not_fail() -> None:
    result = RunResult(cases=[CaseResult("a/b", Outcome.PASSED)], errors=[Problem("“quoted” ✓ 漢字")])
    text = shown(result, encoding="ascii")
    assert "  ! run\n    ?quoted? ? ??\n" in text
    assert "  + a  1 passed\n" in text


def test_terminal_ignores_markup_and_control_sequences_in_messages() -> None:
    message = "[bold red]not markup[/] :smile: \x1b[2J\x1b]0;title\x07[link=x]y[/link]"
    text = shown(RunResult(errors=[Problem(message, Place("[red]a.tf", 1))]), force_terminal=True)
    assert "[bold red]not markup[/] :smile: [link=x]y[/link]" in text
    assert "[red]a.tf:1" in text
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text


def test_terminal_truncates_a_long_message() -> None:
    text = shown(RunResult(errors=[Problem("x" * 100_000)]))
    assert "… (96,000 more characters)" in " ".join(text.split())
    assert len(text) < 6000


def test_terminal_reports_a_partly_completed_scan(passed_run: RunResult) -> None:
    assert passed_run.compliance is not None
    errors = (Problem("tfsec did not end within 60 seconds"),)
    half = replace(
        passed_run, compliance=replace(passed_run.compliance, scans=passed_run.compliance.scans[:1], errors=errors)
    )
    text = shown(half, width=120)
    assert "1 entry no longer needed, 1 scan not completed" in text
    assert "error: 1 scan not completed in 31 s (exit code 2" in text


def test_terminal_of_compliance_alone_with_a_clean_ledger() -> None:
    compliance = ComplianceResult()
    assert "  ! compliance\n    no scanner was run\n" in shown(RunResult(compliance=compliance))


def test_passed_asserts_share_a_line_and_failed_ones_are_shown() -> None:
    steps = (
        StepResult("apply", Outcome.PASSED, 20.0),
        *(StepResult(f"assert {number}", Outcome.PASSED, 0.1, asserted=True) for number in range(5)),
        StepResult("the key rotates", Outcome.FAILED, 0.1, (Problem("expected true, found false"),), asserted=True),
        StepResult("destroy", Outcome.PASSED, 9.0),
    )
    text = shown(RunResult(stories=[StoryResult("stack", steps)]))
    assert "✓ 5 asserts passed" in text
    assert "assert 3" not in text
    assert "✗ the key rotates" in text


def test_of_many_stories_only_failed_ones_are_shown_step_by_step() -> None:
    good = (StepResult("apply", Outcome.PASSED, 1.0), StepResult("destroy", Outcome.PASSED, 1.0))
    bad = (StepResult("apply", Outcome.PASSED, 1.0), StepResult("second plan is empty", Outcome.FAILED, 1.0))
    stories = [StoryResult(name, good) for name in ("one", "two", "three")]
    text = shown(RunResult(stories=[*stories, StoryResult("four", bad)]))
    assert "one  2 steps" in text
    assert "destroy" not in text
    assert "second plan is empty" in text
