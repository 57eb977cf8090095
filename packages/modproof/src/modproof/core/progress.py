"""How a service says what it is doing, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["SILENT", "Progress", "Task"]


class Task(Protocol):
    """One thing that is under way."""

    def advance(self, steps: int = 1) -> None:
        """Count ``steps`` of the task's total as done."""

    def note(self, text: str) -> None:
        """Say in a few words what the task does now."""


class Progress(Protocol):
    """Shows tasks to a person. Safe to call from several threads."""

    def task(self, title: str, total: int | None = None) -> AbstractContextManager[Task]:
        """Show ``title`` as running until the context ends, with its seconds; failed if it ends by an error."""


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
