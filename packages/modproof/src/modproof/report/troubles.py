"""Every problem of a run in one list, each with what it is a problem of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modproof.core.results import CaseResult, CoverageSummary, Outcome, Place, Problem, RunResult, StepResult

__all__ = ["Trouble", "troubles"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem and what it is a problem of: ``subject`` is a case, a step of a story, or a part of the run."""

    part: str
    subject: str
    outcome: Outcome
    problem: Problem


def troubles(result: RunResult) -> list[Trouble]:
    """Every problem of a run but open findings: what kept it from running first, then cases, stories, ledger."""
    found = [Trouble("run", "run", Outcome.ERROR, problem) for problem in result.errors]
    if result.cases is not None:
        for case in result.cases:
            found += _of("plans", case.id, case, case.place)
        if not result.cases:
            found.append(_empty("plans", "no case was found", "write one, or ask for something that has cases"))
    for module in result.coverage or ():
        found += [Trouble("plans", f"coverage of {module.module}", Outcome.FAILED, p) for p in module.problems]
        if module.below:
            found.append(Trouble("plans", f"coverage of {module.module}", Outcome.FAILED, _below(module)))
    if result.stories is not None:
        for story in result.stories:
            for step in story.steps:
                found += _of("stories", f"{story.id}: {step.name}", step, story.place)
            if not story.steps:
                found.append(_empty("stories", "no step of it was run", "see the other problems", story.id))
        if not result.stories:
            found.append(_empty("stories", "no story was found", "write one, or leave stories out of the run"))
    if result.compliance is not None:
        found += [Trouble("compliance", "scan", Outcome.ERROR, p) for p in result.compliance.errors]
        found += [Trouble("compliance", "ledger", Outcome.FAILED, p) for p in result.compliance.problems]
        if not (result.compliance.scans or result.compliance.errors):
            found.append(_empty("compliance", "no scanner was run", "see the other problems"))
    if result.cases is None and result.stories is None and result.compliance is None and not result.errors:
        found.append(_empty("run", "nothing was asked for", "name at least one thing to prove"))
    return found


def _below(module: CoverageSummary) -> Problem:
    text = f"the cases reach {module.percent:g} % of the module, below its gate of {module.gate:g} %"
    first = module.missing[0]
    return Problem(f"{text}; the first of {len(module.missing)} gaps: {first.message}", first.place,
                   f"`modproof coverage {module.module}` names them all")  # fmt: skip


def _of(part: str, subject: str, ended: CaseResult | StepResult, place: Place | None) -> list[Trouble]:
    if ended.outcome is Outcome.PASSED:
        return []
    problems: Sequence[Problem] = ended.problems or [Problem("ended without saying why")]
    return [Trouble(part, subject, ended.outcome, Problem(p.message, p.place or place, p.hint)) for p in problems]


def _empty(part: str, message: str, hint: str, subject: str = "") -> Trouble:
    return Trouble(part, subject or part, Outcome.ERROR, Problem(message, None, hint))
