"""The interface through which a service reports its progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["SILENT", "Progress", "Task", "Titled"]


class Task(Protocol):
    """A running task."""

    def advance(self, steps: int = 1) -> None:
        """Count ``steps`` of the task's total as done."""

    def note(self, text: str) -> None:
        """Show in a few words what the task does now."""


class Progress(Protocol):
    """Shows tasks to the user. Safe to call from several threads."""

    def task(self, title: str, total: int | None = None) -> AbstractContextManager[Task]:
        """Show ``title`` as running, with its seconds, until the context ends; as failed if it ends with an error."""


class _SilentTask:
    def advance(self, steps: int = 1) -> None:
        del steps

    def note(self, text: str) -> None:
        del text


class _Silent:
    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Task]:
        del title, total
        yield _SilentTask()


SILENT: Progress = _Silent()
"""Shows nothing: for tests and for callers that render results only."""


class Titled:
    """``progress`` with a prefix in each title: a part of a run that repeats the titles of another."""

    def __init__(self, progress: Progress, prefix: str) -> None:
        self._progress = progress
        self._prefix = prefix

    def task(self, title: str, total: int | None = None) -> AbstractContextManager[Task]:
        return self._progress.task(f"{self._prefix}: {title}", total)
