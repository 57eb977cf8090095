"""Progress on a terminal: one moving line per running task, one lasting line per finished task."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

from rich.console import Console, RenderableType
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, TaskID
from rich.progress import Progress as RichProgress
from rich.progress import Task as RichTask
from rich.table import Column
from rich.text import Text

from modproof.core.progress import Progress, Task
from modproof.report.lines import LineProgress
from modproof.report.marks import marks_for, printable
from modproof.report.scrub import clean
from modproof.report.tally import duration

__all__ = ["live_progress"]

_REFRESHES_PER_SECOND = 10
_BAR_WIDTH = 14


def live_progress(console: Console, *, every_seconds: float = 15.0) -> AbstractContextManager[Progress]:
    """Show tasks on ``console`` until the context ends.

    On a terminal, each running task has a line with its seconds, its steps if the total is known, and its note. A
    finished task leaves a line with a tick or a cross. Elsewhere (a log, a pipe, a dumb terminal), a line with the
    time of day is printed when a task starts and ends, and every ``every_seconds`` while it runs. An empty line
    separates the output from what is printed after the context.
    """
    # FORCE_COLOR makes Rich treat a log as a terminal, but animation needs a real one
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
    try:
        progress.start()
        yield progress
    finally:
        try:
            progress.stop()
        finally:
            # a second Ctrl-C can interrupt stop() before it restores the cursor
            console.show_cursor(True)


class _LiveTask:
    def __init__(self, display: RichProgress, task_id: TaskID) -> None:
        self._display = display
        self._id = task_id

    def advance(self, steps: int = 1) -> None:
        self._display.advance(self._id, steps)

    def note(self, text: str) -> None:
        self._display.update(self._id, note=" ".join(clean(text).split()))


class _LiveProgress:
    """A Progress on Rich's display. A task that ends is hidden there and printed above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._display = RichProgress(
            _MarkColumn(console),
            _TitleColumn(console),
            _OptionalBarColumn(bar_width=_BAR_WIDTH),
            _CountColumn(),
            _SecondsColumn(),
            console=console,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
            expand=True,
            # a redirected stream must not be drawn into the terminal
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )

    def start(self) -> None:
        self._display.start()

    def stop(self) -> None:
        """End the display. Tasks that still run leave a line with a cross."""
        for task in self._display.tasks:
            self._end(task.id, passed=False)
        self._display.stop()
        if self._display.tasks:
            self._console.print()

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        task_id = self._display.add_task(clean(title), total=total, note="", passed=None)
        try:
            yield _LiveTask(self._display, task_id)
        except BaseException:
            self._end(task_id, passed=False)
            raise
        self._end(task_id, passed=True)

    def _end(self, task_id: TaskID, *, passed: bool) -> None:
        # Rich counts the lines to clear before it writes. If another thread draws in between, it clears a lasting line.
        # Rich's refresh thread holds this lock while it draws.
        with self._display.live._lock:
            task = next(each for each in self._display.tasks if each.id == task_id)
            if not task.visible:
                return
            self._display.stop_task(task_id)
            self._display.update(task_id, passed=passed)
            line = self._display.make_tasks_table([task])
            self._display.update(task_id, visible=False)
            self._display.refresh()
            self._console.print(line)


def _has_ended(task: RichTask) -> bool:
    return task.fields["passed"] is not None


class _MarkColumn(SpinnerColumn):
    """A spinner while the task runs, then a tick or a cross."""

    def __init__(self, console: Console) -> None:
        super().__init__("line" if console.options.ascii_only else "dots", style="cyan", table_column=Column(width=1))
        self._marks = marks_for(console)

    def render(self, task: RichTask) -> RenderableType:
        if not _has_ended(task):
            return self.spinner.render(task.get_time())
        return self._marks.passed if task.fields["passed"] else self._marks.failed


class _TitleColumn(ProgressColumn):
    """The task's title and, unless it passed, its note."""

    def __init__(self, console: Console) -> None:
        # Rich's ellipsis is not an ASCII character
        overflow: Literal["crop", "ellipsis"] = "crop" if console.options.ascii_only else "ellipsis"
        super().__init__(Column(no_wrap=True, overflow=overflow, ratio=1))
        self._console = console

    def render(self, task: RichTask) -> Text:
        text = Text(printable(task.description, self._console), style="" if _has_ended(task) else "bold")
        if task.fields["note"] and not task.fields["passed"]:
            text.append(f"  {printable(task.fields['note'], self._console)}", style="dim not bold")
        return text


class _OptionalBarColumn(BarColumn):
    """A bar while a task with a known total runs."""

    def render(self, task: RichTask) -> RenderableType:  # type: ignore[override]
        return "" if task.total is None or _has_ended(task) else super().render(task)


class _CountColumn(ProgressColumn):
    """Done and total steps, if the total is known."""

    def render(self, task: RichTask) -> Text:
        text = "" if task.total is None else f"{task.completed:g}/{task.total:g}"
        return Text(text, style="dim", justify="right")


class _SecondsColumn(ProgressColumn):
    """The seconds since the task started."""

    def render(self, task: RichTask) -> Text:
        return Text(duration(task.elapsed or 0), style="dim" if _has_ended(task) else "cyan", justify="right")
