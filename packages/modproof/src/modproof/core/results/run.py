"""The result of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from modproof.core.results.basis import Outcome, Problem, worst
from modproof.core.results.changes import Changes
from modproof.core.results.compliance import ComplianceResult
from modproof.core.results.coverage import CoverageSummary
from modproof.core.results.proofs import CaseResult, StoryResult
from modproof.core.results.upgrades import UpgradeResult

__all__ = ["Load", "RunResult"]


@dataclass(slots=True)
class Load:
    """What the run used of the machine while stories ran, with all programs that it started.

    ``seconds`` is wall time, ``cpu_seconds`` is over all cores, and ``busy`` is the share of the cores' time that the
    run used, from 0 to 1. ``peak_bytes`` is memory without shared files, the largest of samples. What cannot be
    measured is None.
    """

    seconds: float = 0.0
    cpu_seconds: float | None = None
    cores: int = 1
    busy: float | None = None
    peak_bytes: int | None = None


@dataclass(slots=True)
class RunResult:
    """The result of a run. A part that was not requested is None; a requested part that is empty is an error.

    ``coverage`` lists every module; it is None unless all cases were requested and planned.

    ``seconds`` is wall time by part: ``plans``, ``stories``, ``compliance``, and ``total`` for the whole run. ``load``
    is None without stories.
    ``versions`` is by tool. ``started`` has a time zone. ``revision`` is the tested commit, with ``-dirty`` appended
    if the checkout differed from it; it is empty if unknown. ``skipped`` has the reason by part for each part that the
    repository does not have. ``permissions`` are the IAM actions to ``plan`` and to ``apply`` by module, from the file
    that ``modproof permissions --write`` writes; None without one. ``changes`` is None unless the run was compared with
    an earlier one.
    """

    cases: Sequence[CaseResult] | None = None
    stories: Sequence[StoryResult] | None = None
    compliance: ComplianceResult | None = None
    coverage: Sequence[CoverageSummary] | None = None
    upgrade: UpgradeResult | None = None
    errors: list[Problem] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    started: datetime | None = None
    revision: str = ""
    skipped: dict[str, str] = field(default_factory=dict)
    load: Load | None = None
    permissions: dict[str, dict[str, list[str]]] | None = None
    changes: Changes | None = None

    @property
    def outcome(self) -> Outcome:
        parts: list[Outcome] = [Outcome.ERROR] if self.errors else []
        if self.cases is not None:
            parts += [case.outcome for case in self.cases] or [Outcome.ERROR]
        if self.stories is not None:
            parts += [story.outcome for story in self.stories] or [Outcome.ERROR]
        if self.compliance is not None:
            parts.append(self.compliance.outcome)
        if self.coverage is not None:
            parts += [module.outcome for module in self.coverage]
        if self.upgrade is not None:
            parts.append(self.upgrade.outcome)
        return worst(parts) if parts else Outcome.ERROR

    @property
    def exit_code(self) -> int:
        return self.outcome.exit_code
