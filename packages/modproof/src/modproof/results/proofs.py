"""What became of cases and stories."""

from __future__ import annotations

from dataclasses import dataclass

from modproof.results.basis import Outcome, Place, Problem, worst

__all__ = ["CaseResult", "StepResult", "StoryResult"]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A plan case. ``id`` is ``module/case``; ``from_cache`` says that nothing was planned anew."""

    id: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    place: Place | None = None
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of a story (apply, an assert, destroy …); ``seconds`` is wall time.

    ``asserted`` marks a step that only looked at what is there.
    """

    name: str
    outcome: Outcome
    seconds: float
    problems: tuple[Problem, ...] = ()
    detail: str = ""
    asserted: bool = False


@dataclass(frozen=True, slots=True)
class StoryResult:
    """An example taken through its life on the emulator."""

    id: str
    steps: tuple[StepResult, ...]
    place: Place | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        return worst(step.outcome for step in self.steps) if self.steps else Outcome.ERROR
