"""Every report shows what changed since the base."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from modproof import report
from modproof.core.project import Project
from modproof.core.results import (
    Changes,
    Problem,
    RunResult,
)
from modproof.report import markdown, pull_request
from modproof.report.provenance import Provenance
from modproof.report.tally import changes_words

from .conftest import CHANGED_FINDING, CHANGES

SUMMARY = (
    "1 new open finding, 1 fixed, 1 newly suppressed, 3 ledger changes, 1 case added, 1 case removed, "
    "coverage of 2 modules, permissions of 1 module"
)
FACTS = (
    f"since main: {SUMMARY}",
    "aws_sqs_queue.new",
    "aws_sqs_queue.fixed",
    "aws_sqs_queue.accepted",
    "review 2026-06-30, was 2026-01-01; owner platform, was nobody",
    "review by 2026-06-30",
    "queue/new",
    "queue/gone",
    "100 %, was 90 %",
    "50 %, new",
    "sqs:TagQueue",
    "stories could not be compared: no result",
)


def test_the_terminal_shows_all_changes(passed_run: RunResult) -> None:
    file = io.StringIO()
    report.terminal(replace(passed_run, changes=CHANGES), Console(file=file, width=200))
    text = file.getvalue()
    assert [fact for fact in FACTS if fact not in text] == []


def test_the_summary_of_a_pull_request_shows_all_changes_and_places_in_the_repository(
    passed_run: RunResult, about: Provenance
) -> None:
    text = pull_request.render(passed_run, CHANGES, replace(about, folder="infra/"))
    shown = text.replace("\\_", "_").replace("main (<code>bca30e5f0c1d</code>)", "main")
    assert [fact for fact in FACTS if fact not in shown] == []
    assert text.startswith("<!-- modproof -->\n\n## ✅ pipeline-modules: passed\n\n25 cases")
    assert "<code>infra/modules/queue/main.tf:7</code>" in text
    assert markdown.render(replace(passed_run, changes=CHANGES), about).count("### Changes since main") == 1


def test_the_summary_of_a_pull_request_lists_problems(failed_run: RunResult, about: Provenance) -> None:
    text = pull_request.render(failed_run, Changes("main"), about)
    assert "### Changes since main: no change" in text
    assert "<code>tests/unit/encryption-key/cases.yaml:58</code>" in text


def test_the_summary_of_a_pull_request_is_short_with_thousands_of_changes(
    passed_run: RunResult, about: Provenance
) -> None:
    many = tuple(replace(CHANGED_FINDING, address="x" * 3000 + str(number)) for number in range(5000))
    text = pull_request.render(passed_run, replace(CHANGES, opened=many, fixed=many, accepted=many), about)
    assert len(text.encode()) < pull_request.LIMIT_BYTES
    assert "5,000 new open findings" in text
    assert "more, in report.json" in text


def test_only_a_compared_run_has_a_summary_of_a_pull_request(
    passed_run: RunResult, project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    written = report.write(replace(passed_run, changes=CHANGES), project, folder)
    assert folder / "pull-request.md" in written
    assert report.read(folder / "report.json").changes == CHANGES
    report.write(passed_run, project, folder)
    assert not (folder / "pull-request.md").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Changes("main"), "no change"),
        (Changes("main", incomparable=(Problem("x"),)), "not comparable"),
        (CHANGES, SUMMARY),
    ],
)
def test_changes_in_words(changes: Changes, words: str) -> None:
    assert changes_words(changes) == words
