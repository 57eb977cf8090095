"""Shows on a terminal what is under way: one moving line a running task, one lasting line a finished one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from modproof.core.progress import Progress, Task
from modproof.report.lines import LineProgress
from modproof.report.marks import Marks, marks_for, showable
from modproof.report.scrub import clean
from modproof.report.tally import duration

__all__ = ["live_progress"]

_REFRESHES_A_SECOND = 10
_BAR_WIDTH = 14


def live_progress(console: Console, *, every_seconds: float = 15.0) -> AbstractContextManager[Progress]:
    """Show tasks on ``console`` while the context lasts.

    On a terminal each running task has a line with its seconds, its steps where their number is known, and its note;
    a finished one leaves a line with a tick or a cross. Elsewhere (a log, a pipe, a dumb terminal) there is a line
    with the time of day when a task starts and when it ends, and one every ``every_seconds`` while it runs.
    An empty line sets all this apart from what is printed after the context.
    """
    # FORCE_COLOR makes Rich call a log a terminal; animation needs one that really is
    animated = console.is_interactive and not console.is_dumb_terminal and console.file.isatty()
    return _animated(console) if animated else _lines(console, every_seconds)


@contextmanager
def _lines(console: Console, every_seconds: float) -> Iterator[Progress]:
    progress = LineProgress(console, every_seconds)
    try:
        yield progress
    finally:
        progress.stop()


@contextmanager
def _animated(console: Console) -> Iterator[Progress]:
    progress = _LiveProgress(console)
    live = Live(
        progress,
        console=console,
        auto_refresh=False,
        transient=True,
        # what is not shown on this terminal (a redirected stream) must not be drawn into it
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=sys.stderr.isatty(),
    )
    try:
        with _one_at_a_time(console) as turn:
            try:
                with turn:
                    live.start()
                with _refreshed(live, turn):
                    yield progress
            finally:
                progress.abandon()
                with turn:
                    live.stop()
    finally:
        progress.leave()
        # a second Ctrl-C can end the display before it has put the cursor back
        console.show_cursor(True)


@contextmanager
def _one_at_a_time(console: Console) -> Iterator[threading.RLock]:
    """While this lasts, whatever is printed on ``console`` takes turns, from its layout to its last character.

    Rich locks the writing alone. Of two threads that print above a display, both may then have counted the lines to
    clear before the first has drawn anew, and the second clears a line that the first has just printed.
    """
    turn = threading.RLock()
    print_now = console.print

    def print_in_turn(*objects: Any, **options: Any) -> None:
        with turn:
            print_now(*objects, **options)

    console.print = print_in_turn  # type: ignore[method-assign]
    try:
        yield turn
    finally:
        console.print = print_now  # type: ignore[method-assign]


@contextmanager
def _refreshed(live: Live, turn: threading.RLock) -> Iterator[None]:
    ended = threading.Event()

    def refresh() -> None:
        while not ended.wait(1 / _REFRESHES_A_SECOND):
            with turn:
                live.refresh()

    thread = threading.Thread(target=refresh, name="modproof-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _LiveTask:
    def __init__(self, title: str, total: int | None, lock: threading.RLock) -> None:
        self._lock = lock
        self.title = clean(title)
        self.total = total
        self.done = 0
        self.text = ""
        self.started = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        with self._lock:
            self.done += steps

    def note(self, text: str) -> None:
        with self._lock:
            self.text = " ".join(clean(text).split())

    def seconds(self) -> float:
        return time.monotonic() - self.started


class _LiveProgress:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._marks = marks_for(console)
        self._ascii = console.options.ascii_only
        # one for all tasks, so that they turn together
        self._spinner = Spinner("line" if self._ascii else "dots", style="cyan")
        self._lock = threading.RLock()
        self._running: list[_LiveTask] = []
        self._finished = 0

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        task = _LiveTask(title, total, self._lock)
        with self._lock:
            self._running.append(task)
        try:
            yield task
        except BaseException:
            self._finish(task, passed=False)
            raise
        self._finish(task, passed=True)

    def abandon(self) -> None:
        """Leave a cross for what still runs: the display ends before its work does."""
        with self._lock:
            running = list(self._running)
        for task in running:
            self._finish(task, passed=False)

    def leave(self) -> None:
        """Set what was shown apart from what comes after it."""
        if self._finished:
            self._console.print()

    def _finish(self, task: _LiveTask, *, passed: bool) -> None:
        with self._lock:
            if task not in self._running:
                return
            self._running.remove(task)
            self._finished += 1
            line = self._line(task, self._marks.passed if passed else self._marks.failed)
        # outside the lock: to draw, the display has its turn at the console first and then takes this one
        self._console.print(line)

    def __rich__(self) -> RenderableType:
        """The running tasks, no more of them than the terminal has room for."""
        with self._lock:
            room = max(self._console.height - 2, 1)
            shown = self._running[:room]
            lines: list[RenderableType] = [self._line(task, self._spinner) for task in shown]
            more = len(self._running) - len(shown)
            if more:
                lines.append(Text(f"  and {more} more", style="dim"))
            return Group(*lines)

    def _line(self, task: _LiveTask, mark: RenderableType) -> Table:
        running = mark is self._spinner
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=Marks.WIDTH, no_wrap=True)
        # Rich's ellipsis is one character, which not every terminal can show
        line.add_column(no_wrap=True, overflow="crop" if self._ascii else "ellipsis", ratio=1)
        line.add_column(justify="right", no_wrap=True)
        line.add_column(justify="right", no_wrap=True)
        what = Text(showable(task.title, self._console), style="bold" if running else "")
        if task.text and mark is not self._marks.passed:
            what.append(f"  {showable(task.text, self._console)}", style="dim not bold")
        seconds = Text(duration(task.seconds()), style="cyan" if running else "dim")
        line.add_row(mark, what, self._count(task, with_bar=running), seconds)
        return line

    def _count(self, task: _LiveTask, *, with_bar: bool) -> RenderableType:
        if task.total is None:
            return ""
        count = Text(f"{task.done}/{task.total}", style="dim")
        if not with_bar or self._ascii:
            return count
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(total=max(task.total, 1), completed=task.done, width=_BAR_WIDTH), count)
        return bar
