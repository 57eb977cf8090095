"""Outcomes, places, problems and mismatches: the vocabulary of all other results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from modproof.core.errors import EXIT_FAILED, EXIT_NOT_RUN, EXIT_PASSED, ModproofError

__all__ = ["Mismatch", "Outcome", "Place", "Problem", "worst"]


class Outcome(StrEnum):
    """How a part of a run ended."""

    PASSED = "passed"
    FAILED = "failed"
    """The modules are wrong."""
    ERROR = "error"
    """The part could not be run, so the modules were not tested."""

    @property
    def exit_code(self) -> int:
        """The exit code for this outcome alone."""
        return {Outcome.PASSED: EXIT_PASSED, Outcome.FAILED: EXIT_FAILED, Outcome.ERROR: EXIT_NOT_RUN}[self]


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole from those of its parts. A failure outranks an error."""
    seen = set(outcomes)
    for outcome in (Outcome.FAILED, Outcome.ERROR):
        if outcome in seen:
            return outcome
    return Outcome.PASSED


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file. ``path`` is relative to the project where possible, ``line`` counts from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A difference between an expectation and what was found.

    ``subject`` is what was looked at: a resource address, a resource type, ``output``, an AWS call. ``path`` leads
    from there to the value, by keys and indices. ``expected`` is the expectation as written; ``found`` is the value,
    None unless ``state`` is ``known``: no sensitive value is in it.

    ``kind`` says which rule failed: ``value`` (including tokens), ``mapping`` or ``list`` (another type was found),
    ``length`` (of a list), ``element`` (none in the list matches), ``json`` (the string does not hold JSON),
    ``count`` (of resources of a type), ``planned`` (the address is not planned), ``absent`` (it is planned).
    """

    subject: str
    path: tuple[str | int, ...]
    expected: Any
    found: Any = None
    state: Literal["known", "unknown", "absent", "sensitive"] = "known"
    kind: Literal["value", "mapping", "list", "length", "element", "json", "count", "planned", "absent"] = "value"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: what was found, where, and what to do.

    With a ``mismatch``, ``message`` is empty until a report puts the mismatch into words.
    """

    message: str
    place: Place | None = None
    hint: str | None = None
    mismatch: Mismatch | None = None

    @classmethod
    def of(cls, error: ModproofError) -> Problem:
        """An error as a problem."""
        return cls(error.message, Place(error.path, error.line) if error.path else None, error.hint)

    def __str__(self) -> str:
        message = self.message or (str(self.mismatch) if self.mismatch else "")
        text = f"{self.place}: {message}" if self.place else message
        return f"{text}; {self.hint}" if self.hint else text
