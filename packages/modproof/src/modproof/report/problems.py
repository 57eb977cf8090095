"""Every problem of a run in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modproof.core.counts import plural
from modproof.core.results import (
    CaseResult,
    CoverageSummary,
    Outcome,
    Place,
    Problem,
    RunResult,
    StepResult,
    UpgradeResult,
)

__all__ = ["RunProblem", "known_problems", "problems_of", "run_problems"]


@dataclass(frozen=True, slots=True)
class RunProblem:
    """A problem and its subject: a case, a step of a story, or a part of the run.

    ``part`` is ``run``, ``plans``, ``coverage``, ``stories``, ``compliance`` or ``upgrade``.
    """

    part: str
    subject: str
    outcome: Outcome
    problem: Problem

    @property
    def identity(self) -> str:
        """The same in two runs if part, subject and file are the same. Messages and lines may differ."""
        return ": ".join((self.part, self.subject, *([self.problem.place.path] if self.problem.place else ())))


def run_problems(result: RunResult) -> list[RunProblem]:
    """All problems except open findings, by part. Errors of the run are first, the upgrade is last."""
    found = [RunProblem("run", "run", Outcome.ERROR, problem) for problem in result.errors]
    if result.cases is not None:
        for case in result.cases:
            found += _of("plans", case.id, case, case.place)
        if not result.cases:
            found.append(_empty("plans", "plans", "no case found", "add a case, or select something that has cases"))
    for module in result.coverage or ():
        found += [RunProblem("coverage", f"coverage of {module.module}", Outcome.FAILED, p) for p in module.problems]
        if module.below:
            found.append(RunProblem("coverage", f"coverage of {module.module}", Outcome.FAILED, _below(module)))
    if result.stories is not None:
        for story in result.stories:
            for step in story.steps:
                found += _of("stories", f"{story.id}: {step.name}", step, story.place)
            if not story.steps:
                found.append(_empty("stories", story.id, "no step was run", "see the other problems"))
        if not result.stories:
            found.append(_empty("stories", "stories", "no story found", "add a story, or run without stories"))
    if result.compliance is not None:
        found += [RunProblem("compliance", "scan", Outcome.ERROR, p) for p in result.compliance.errors]
        found += [RunProblem("compliance", "ledger", Outcome.FAILED, p) for p in result.compliance.problems]
        if not (result.compliance.scans or result.compliance.errors):
            found.append(_empty("compliance", "compliance", "no scanner was run", "see the other problems"))
    if result.upgrade is not None:
        found += _of_upgrade(result.upgrade)
    requested = (result.cases, result.stories, result.compliance, result.upgrade)
    if all(part is None for part in requested) and not result.errors:
        found.append(_empty("run", "run", "nothing was requested", "select at least one part to run"))
    return found


def known_problems(before: RunResult, now: RunResult) -> tuple[str, ...]:
    """The identities of the problems that both results have."""
    return tuple(
        sorted({each.identity for each in run_problems(now)} & {each.identity for each in run_problems(before)})
    )


def _of_upgrade(upgrade: UpgradeResult) -> list[RunProblem]:
    found = [RunProblem("upgrade", "upgrade", Outcome.ERROR, problem) for problem in upgrade.errors]
    found += [RunProblem("upgrade", "upgrade", Outcome.FAILED, problem) for problem in upgrade.problems]
    for example in upgrade.examples or ():
        subject = f"upgrade of {example.id}"
        found += [RunProblem("upgrade", subject, Outcome.ERROR, problem) for problem in example.errors]
        found += [RunProblem("upgrade", subject, Outcome.FAILED, problem) for problem in example.problems]
    return found


def _below(module: CoverageSummary) -> Problem:
    text = f"the cases cover {module.percent:g} % of the module, below its gate of {module.gate:g} %"
    first = module.missing[0]
    return Problem(f"{text}; the first of {plural(len(module.missing), 'gap')}: {first.message}", first.place,
                   f"`modproof coverage {module.module}` lists all of them")  # fmt: skip


def problems_of(ended: CaseResult | StepResult, place: Place | None) -> list[Problem]:
    """The problems of a case or a step that did not pass. Those without a place get ``place``."""
    if ended.outcome is Outcome.PASSED:
        return []
    problems: Sequence[Problem] = ended.problems or [Problem("ended without a message")]
    return [Problem(p.message, p.place or place, p.hint) for p in problems]


def _of(part: str, subject: str, ended: CaseResult | StepResult, place: Place | None) -> list[RunProblem]:
    return [RunProblem(part, subject, ended.outcome, problem) for problem in problems_of(ended, place)]


def _empty(part: str, subject: str, message: str, hint: str) -> RunProblem:
    return RunProblem(part, subject, Outcome.ERROR, Problem(message, None, hint))
