from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from modproof import report


def lines_console() -> Console:
    return Console(file=io.StringIO(), width=40, _environ={})


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    *lines, last = console.file.getvalue().splitlines()
    assert last == "", "an empty line comes last"
    assert [line for line in lines if not re.match(r"\d\d:\d\d:\d\d ", line)] == []
    return [re.sub(r"\d+\.\d s", "N s", line[9:]) for line in lines]


def test_lines_report_start_and_end() -> None:
    console = lines_console()
    with report.live_progress(console) as progress:
        with progress.task("plan 57 cases of 5 modules in one terraform run", 57) as task:
            task.advance(57)
            task.note("not worth a line")
        with progress.task("start LocalStack"):
            pass
    assert printed(console) == [
        "plan 57 cases of 5 modules in one terraform run ...",
        "plan 57 cases of 5 modules in one terraform run: done in N s (57/57)",
        "start LocalStack ...",
        "start LocalStack: done in N s",
    ]
    assert "\x1b" not in console.file.getvalue()  # type: ignore[attr-defined]


def test_lines_report_a_task_that_still_runs() -> None:
    console = lines_console()
    with (
        report.live_progress(console, every_seconds=0.05) as progress,
        progress.task("apply", 4) as task,
        progress.task("checkov"),
    ):
        task.advance()
        task.note("aws_kms_key.this")
        time.sleep(0.13)
    lines = printed(console)
    assert 1 <= lines.count("apply: still running, N s (1/4, aws_kms_key.this)") <= 3
    assert "checkov: still running, N s" in lines


def test_lines_do_not_repeat_before_the_interval() -> None:
    console = lines_console()
    with report.live_progress(console) as progress, progress.task("apply"):
        time.sleep(0.1)
    assert printed(console) == ["apply ...", "apply: done in N s"]


def test_lines_report_a_failure() -> None:
    console = lines_console()

    def run() -> None:
        with report.live_progress(console) as progress, progress.task("apply", 9) as task:
            task.advance(2)
            raise ValueError("no such key")

    with pytest.raises(ValueError, match="no such key"):
        run()
    assert printed(console) == ["apply ...", "apply: FAILED after N s (2/9)"]


@pytest.mark.parametrize(
    "options", [{"force_terminal": True}, {"_environ": {"FORCE_COLOR": "1"}}, {"_environ": {"TERM": "dumb"}}]
)
def test_lines_are_used_with_forced_colours_and_on_a_dumb_terminal(options: dict[str, object]) -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, **options)  # type: ignore[arg-type]
    with report.live_progress(console) as progress, progress.task("apply"):
        pass
    assert "\x1b[?25l" not in file.getvalue()
    assert "apply ..." in file.getvalue()
