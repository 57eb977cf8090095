"""Progress as plain lines, for logs and pipes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.text import Text

from modproof.core.progress import Task
from modproof.report.marks import printable
from modproof.report.scrub import clean
from modproof.report.tally import duration

__all__ = ["LineProgress"]


class _LineTask:
    def __init__(self, title: str, total: int | None) -> None:
        self.title = " ".join(clean(title).split())
        self.total = total
        self.done = 0
        self.text = ""
        self.started = time.monotonic()
        self.printed = self.started
        self._lock = threading.Lock()

    def advance(self, steps: int = 1) -> None:
        with self._lock:
            self.done += steps

    def note(self, text: str) -> None:
        self.text = " ".join(clean(text).split())

    def seconds(self) -> float:
        return time.monotonic() - self.started

    def state(self) -> str:
        """The progress in brackets, such as `` (12/57, planning)``, or an empty string."""
        count = "" if self.total is None else f"{self.done}/{self.total}"
        known = ", ".join(part for part in (count, self.text) if part)
        return f" ({known})" if known else ""


class LineProgress:
    """A Progress that prints a line when a task starts and ends, and every ``every_seconds`` while it runs."""

    def __init__(self, console: Console, every_seconds: float) -> None:
        self._console = console
        self._every_seconds = every_seconds
        self._lock = threading.Lock()
        self._running: list[_LineTask] = []
        self._ended = 0
        self._stopped = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="modproof-progress", daemon=True)
        self._watcher.start()

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        task = _LineTask(title, total)
        with self._lock:
            self._running.append(task)
        self._print(f"{task.title} ...")
        try:
            yield task
        except BaseException:
            self._end(task, passed=False)
            raise
        self._end(task, passed=True)

    def stop(self) -> None:
        """Report tasks that still run as failed, and print an empty line."""
        self._stopped.set()
        self._watcher.join()
        with self._lock:
            running = list(self._running)
        for task in running:
            self._end(task, passed=False)
        if self._ended:
            self._console.print()

    def _end(self, task: _LineTask, *, passed: bool) -> None:
        with self._lock:
            if task not in self._running:
                return
            self._running.remove(task)
            self._ended += 1
        seconds = duration(task.seconds())
        if passed:
            count = "" if task.total is None else f" ({task.done}/{task.total})"
            self._print(f"{task.title}: done in {seconds}{count}")
        else:
            self._print(f"{task.title}: FAILED after {seconds}{task.state()}")

    def _watch(self) -> None:
        while not self._stopped.wait(self._every_seconds / 10):
            now = time.monotonic()
            with self._lock:
                due = [task for task in self._running if now - task.printed >= self._every_seconds]
                for task in due:
                    task.printed = now
            for task in due:
                self._print(f"{task.title}: still running, {duration(task.seconds())}{task.state()}")

    def _print(self, text: str) -> None:
        # soft_wrap: the log viewer wraps lines
        line = f"{datetime.now().astimezone():%H:%M:%S} {printable(text, self._console)}"
        self._console.print(Text(line), soft_wrap=True)
