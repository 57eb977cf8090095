from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console
from rich.text import Text

from modproof import report
from modproof.report import live

from ..conftest import eventually

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def console(terminal_file: io.StringIO) -> Console:
    return Console(file=terminal_file, force_terminal=True, width=70, height=24, color_system=None, _environ={})


def seen(console: Console, picture: ModuleType) -> list[str]:
    """The lines on the terminal, with normalised spaces and seconds."""
    assert isinstance(console.file, io.StringIO)
    return shown(console.file.getvalue(), picture)


def shown(printed: str, picture: ModuleType) -> list[str]:
    lines = [Text.from_ansi(line).plain for line in picture.screen(printed)]
    return [re.sub(r"\s+", " ", re.sub(r"\d+\.\d s", "N s", line)).strip() for line in lines]


def test_live_leaves_a_line_for_each_finished_task(console: Console, picture: ModuleType) -> None:
    with report.live_progress(console) as progress:
        with progress.task("plan 3 cases", 3) as task:
            for _ in range(3):
                task.advance()
        with progress.task("checkov") as task:
            task.note("building the graph")
    assert seen(console, picture) == ["✓ plan 3 cases 3/3 N s", "✓ checkov N s"]


def test_live_shows_a_running_task_with_its_note_and_steps(console: Console, picture: ModuleType) -> None:
    running = re.compile(r"\S notebook-stack apply: aws_kms_key.this \S+ 2/9 N s")
    with report.live_progress(console) as progress, progress.task("notebook-stack", 9) as task:
        task.advance(2)
        task.note("apply:\n  \x1b[31maws_kms_key.this\x1b[0m")
        console.print("a line meanwhile")
        assert eventually(lambda: running.fullmatch(seen(console, picture)[-1]) is not None)
        assert seen(console, picture)[:-1] == ["a line meanwhile"]
    assert seen(console, picture) == ["a line meanwhile", "✓ notebook-stack 2/9 N s"]


def test_live_crosses_a_task_that_raises(console: Console, picture: ModuleType) -> None:
    def run() -> None:
        with report.live_progress(console) as progress, progress.task("apply") as task:
            task.note("aws_kms_key.this")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert seen(console, picture) == ["✗ apply aws_kms_key.this N s"]
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().rindex(SHOW) > console.file.getvalue().rindex(HIDE)


def test_live_crosses_a_task_that_outlives_the_display(console: Console, picture: ModuleType) -> None:
    started, release = threading.Event(), threading.Event()

    def work() -> None:
        with progress.task("destroy", 4) as task:
            task.advance()
            started.set()
            release.wait(5)
            task.advance()
            task.note("too late")

    thread = threading.Thread(target=work)
    with report.live_progress(console) as progress:
        thread.start()
        started.wait(5)
    release.set()
    thread.join(5)
    assert seen(console, picture) == ["✗ destroy 1/4 N s"]


def test_live_loses_no_line_when_threads_finish_at_once(
    console: Console, picture: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_REFRESHES_PER_SECOND", 500)

    def work(name: str) -> None:
        for number in range(20):
            with progress.task(f"{name}{number}", 2) as task:
                task.advance()
                time.sleep(0.001)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    with report.live_progress(console) as progress:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = seen(console, picture)
    names = [f"{name}{number}" for name in "abcd" for number in range(20)]
    assert sorted(lines) == sorted(f"✓ {name} 1/2 N s" for name in names)


def test_live_shows_no_more_tasks_than_the_terminal_has_lines(terminal_file: io.StringIO, picture: ModuleType) -> None:
    console = Console(file=terminal_file, force_terminal=True, width=70, height=8, color_system=None, _environ={})
    with report.live_progress(console) as progress:
        tasks = [progress.task(f"task {number}") for number in range(20)]
        for task in tasks:
            task.__enter__()
        during = seen(console, picture)
        for task in tasks:
            task.__exit__(None, None, None)
    assert len(during) == 8
    assert during[-1] == "..."
    assert len(seen(console, picture)) == 20


def test_live_on_an_ascii_terminal(
    terminal_file: io.StringIO, picture: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(file=terminal_file, force_terminal=True, width=70, height=24, color_system=None, _environ={})
    monkeypatch.setattr(Console, "encoding", "ascii")
    with report.live_progress(console) as progress, progress.task("prüfen", 2) as task:
        task.note("läuft " * 20)
        assert eventually(lambda: "l?uft" in seen(console, picture)[-1])
    assert seen(console, picture)[-1] == "+ pr?fen 0/2 N s"
    assert terminal_file.getvalue().isascii()


def on_a_terminal(code: str, tmp_path: Path, *, interrupt: bool = False) -> str:
    """The output of a Python program on a pseudo-terminal. ``interrupt`` sends SIGINT once it prints ``ready``."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(code))
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "70", "LINES": "24", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    printed = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 0.2)[0]:
            continue
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        printed += chunk
        if interrupt and b"ready" in printed:
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            interrupt = False
    os.close(ours)
    process.kill()
    process.wait()
    return printed.decode()


def test_ctrl_c_leaves_the_cursor_visible(tmp_path: Path, picture: ModuleType) -> None:
    printed = on_a_terminal(
        """
        import time
        from rich.console import Console
        from modproof import report
        try:
            with report.live_progress(Console()) as progress, progress.task("apply"):
                print("ready", flush=True)
                time.sleep(20)
        except KeyboardInterrupt:
            print("stopped")
        """,
        tmp_path,
        interrupt=True,
    )
    assert printed.rindex(SHOW) > printed.rindex(HIDE)
    assert shown(printed, picture) == ["ready", "✗ apply N s", "", "stopped"]


def test_print_and_stderr_come_above_the_display(tmp_path: Path, picture: ModuleType) -> None:
    printed = on_a_terminal(
        """
        import sys, time
        from rich.console import Console
        from modproof import report
        with report.live_progress(Console()) as progress, progress.task("apply"):
            time.sleep(0.25)
            print("from print")
            sys.stderr.write("from stderr\\n")
            time.sleep(0.25)
        """,
        tmp_path,
    )
    assert shown(printed, picture) == ["from print", "from stderr", "✓ apply N s"]


def test_print_goes_to_its_file_when_only_the_display_is_on_the_terminal(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    printed = on_a_terminal(
        f"""
        import sys
        from rich.console import Console
        from modproof import report
        sys.stdout = open({str(target)!r}, "w")
        with report.live_progress(Console(stderr=True)) as progress, progress.task("apply"):
            print("data")
        """,
        tmp_path,
    )
    assert target.read_text() == "data\n"
    assert "data" not in printed
