"""Outcomes, places, problems and mismatches, which all other results are built from."""

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
    """A test of the modules failed."""
    ERROR = "error"
    """The part could not be run, so the modules were not tested."""

    @property
    def exit_code(self) -> int:
        """The exit code of a run with this outcome."""
        return {Outcome.PASSED: EXIT_PASSED, Outcome.FAILED: EXIT_FAILED, Outcome.ERROR: EXIT_NOT_RUN}[self]


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole from the outcomes of its parts. A failure outranks an error."""
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

    ``subject`` is what was compared: a resource address, a resource type, ``output``, an AWS call. ``path`` leads
    from there to the value, by keys and indices. ``expected`` is the expectation as written. ``found`` is the value, or
    None unless ``state`` is ``known``, so it never contains a sensitive value.

    ``kind`` is the rule that failed: ``value`` (including tokens), ``mapping`` or ``list`` (another type was found),
    ``length`` (of a list), ``element`` (no element of the list matches), ``json`` (the string is not JSON),
    ``count`` (of resources of a type), ``planned`` (the address is not planned), ``absent`` (the address is planned).
    """

    subject: str
    path: tuple[str | int, ...]
    expected: Any
    found: Any = None
    state: Literal["known", "unknown", "absent", "sensitive"] = "known"
    kind: Literal["value", "mapping", "list", "length", "element", "json", "count", "planned", "absent"] = "value"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: what was found, where, and how to fix it.

    With a ``mismatch``, ``message`` is empty until a report describes the mismatch.
    """

    message: str
    place: Place | None = None
    hint: str | None = None
    mismatch: Mismatch | None = None

    @classmethod
    def of(cls, error: ModproofError) -> Problem:
        """Convert an error."""
        return cls(error.message, Place(error.path, error.line) if error.path else None, error.hint)

    def __str__(self) -> str:
        message = self.message or (str(self.mismatch) if self.mismatch else "")
        text = f"{self.place}: {message}" if self.place else message
        return f"{text}; {self.hint}" if self.hint else text
