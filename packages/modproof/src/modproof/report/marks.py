"""The signs that say how something ended, in colour and without it, in UTF-8 and without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.console import Console
from rich.text import Text

from modproof.core.results import Outcome

__all__ = ["Marks", "marks_for", "showable"]


@dataclass(frozen=True, slots=True)
class Marks:
    """One sign an outcome. Each differs by its shape, so that nothing hangs on colour."""

    passed: Text
    failed: Text
    error: Text

    WIDTH: ClassVar[int] = 1

    def of(self, outcome: Outcome) -> Text:
        return {Outcome.PASSED: self.passed, Outcome.FAILED: self.failed, Outcome.ERROR: self.error}[outcome]


def marks_for(console: Console) -> Marks:
    """The signs that ``console`` can show."""
    passed, failed, error = ("+", "x", "!") if console.options.ascii_only else ("✓", "✗", "!")
    return Marks(Text(passed, style="bold green"), Text(failed, style="bold red"), Text(error, style="bold yellow"))


def showable(text: str, console: Console) -> str:
    """``text`` with a question mark for each character that the encoding of ``console`` does not have."""
    return text.encode(console.encoding, "replace").decode(console.encoding)
