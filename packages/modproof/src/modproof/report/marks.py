"""Marks for outcomes, with and without colour, in UTF-8 and ASCII."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from modproof.core.results import Outcome

__all__ = ["Marks", "marks_for", "printable"]


@dataclass(frozen=True, slots=True)
class Marks:
    """One mark per outcome. Marks differ in shape, so that they do not depend on colour."""

    passed: Text
    failed: Text
    error: Text

    def of(self, outcome: Outcome) -> Text:
        return {Outcome.PASSED: self.passed, Outcome.FAILED: self.failed, Outcome.ERROR: self.error}[outcome]


def marks_for(console: Console) -> Marks:
    """The marks that ``console`` can encode."""
    passed, failed, error = ("+", "x", "!") if console.options.ascii_only else ("✓", "✗", "!")
    return Marks(Text(passed, style="bold green"), Text(failed, style="bold red"), Text(error, style="bold yellow"))


def printable(text: str, console: Console) -> str:
    """``text`` with a question mark for each character that ``console`` cannot encode."""
    return text.encode(console.encoding, "replace").decode(console.encoding)
