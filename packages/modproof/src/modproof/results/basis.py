"""How things end, where they stand and what is wrong with them: the words of every other result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from modproof.errors import EXIT_NOT_RUN, EXIT_PROVED, EXIT_WRONG, ModproofError

__all__ = ["Outcome", "Place", "Problem", "worst"]


class Outcome(StrEnum):
    """How a part of a run ended."""

    PASSED = "passed"
    FAILED = "failed"
    """The modules are wrong."""
    ERROR = "error"
    """The part could not be run, so that nothing is known of the modules."""

    @property
    def exit_code(self) -> int:
        """The exit code that this outcome alone would give."""
        return {Outcome.PASSED: EXIT_PROVED, Outcome.FAILED: EXIT_WRONG, Outcome.ERROR: EXIT_NOT_RUN}[self]


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole from those of its parts: a wrong module outranks a part that was not run."""
    seen = set(outcomes)
    for outcome in (Outcome.FAILED, Outcome.ERROR):
        if outcome in seen:
            return outcome
    return Outcome.PASSED


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: path relative to the project where possible, line counted from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what was found, where, and what to do."""

    message: str
    place: Place | None = None
    hint: str | None = None

    @classmethod
    def of(cls, error: ModproofError) -> Problem:
        """What an error says, as a problem among others."""
        return cls(error.message, Place(error.path, error.line) if error.path else None, error.hint)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}; {self.hint}" if self.hint else text
