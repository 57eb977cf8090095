"""What a run found, as plain data. Standard library only, so that every layer can speak it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from modproof.errors import EXIT_NOT_RUN, EXIT_PROVED, EXIT_WRONG

__all__ = [
    "COVERAGE_KINDS",
    "CaseResult",
    "ComplianceResult",
    "CoverageItem",
    "CoverageResult",
    "CoverageSummary",
    "EntryStatus",
    "Finding",
    "Gap",
    "ModuleCoverage",
    "Outcome",
    "Place",
    "Problem",
    "RetiredEntry",
    "RunResult",
    "Scan",
    "StepResult",
    "StoryResult",
    "SuppressedFinding",
    "percent_covered",
    "worst",
]


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

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}; {self.hint}" if self.hint else text


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scanner says of a resource. ``severity`` is LOW, MEDIUM, HIGH, CRITICAL or UNKNOWN."""

    scanner: str
    rule: str
    title: str
    address: str
    place: Place
    severity: str = "UNKNOWN"
    guideline: str = ""


@dataclass(frozen=True, slots=True)
class SuppressedFinding:
    """A finding that a ledger entry accounts for."""

    finding: Finding
    entry_place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """A ledger entry and what became of it in this run. ``review`` is an ISO date."""

    scanner: str
    rule: str
    description: str
    reason: str
    owner: str
    review: str
    place: Place
    covers: int


@dataclass(frozen=True, slots=True)
class RetiredEntry:
    """A ledger entry that the modules outgrew. ``because`` says what made it unnecessary."""

    scanner: str
    rule: str
    description: str
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanner's run: what ran, over how much, for how many seconds."""

    scanner: str
    version: str
    checks: int
    resources: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ComplianceResult:
    """All scanners' findings against the ledger.

    ``findings`` are those that no entry covers. ``problems`` are wrong ledger entries and stale generated files;
    ``errors`` are scans that could not be done.
    """

    scans: tuple[Scan, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[SuppressedFinding, ...] = ()
    entries: tuple[EntryStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    retired: tuple[RetiredEntry, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.findings or self.problems:
            return Outcome.FAILED
        return Outcome.ERROR if self.errors or not self.scans else Outcome.PASSED


COVERAGE_KINDS = ("variables", "validations", "resources", "conditionals", "outputs")


@dataclass(frozen=True, slots=True)
class Gap:
    """A state of an item that no case reached: what is missing, in words, and the reason if one excuses it."""

    state: str
    missing: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """Something of a module that cases can reach.

    ``kind`` is one of COVERAGE_KINDS (``validations`` are pre- and postconditions too); ``name`` is unique in the
    module. ``spans`` are the places it stands at, each with its last line.
    """

    kind: str
    name: str
    spans: tuple[tuple[Place, int], ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def place(self) -> Place:
        return self.spans[0][0]

    @property
    def missing(self) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps if not gap.reason)

    @property
    def excluded(self) -> bool:
        return bool(self.gaps) and not self.missing

    @property
    def covered(self) -> bool:
        return not self.gaps


@dataclass(frozen=True, slots=True)
class ModuleCoverage:
    """What the cases of one module reach. ``gate`` is the percentage asked for; ``files`` are its sources.

    ``problems`` are exclusions that are wrong or not needed; ``notes`` what was left out of the count.
    """

    module: str
    items: tuple[CoverageItem, ...]
    files: tuple[str, ...] = ()
    gate: float | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @property
    def percent(self) -> float:
        return percent_covered(self.items)

    @property
    def outcome(self) -> Outcome:
        below = self.gate is not None and self.percent < self.gate
        return Outcome.FAILED if below or self.problems else Outcome.PASSED

    def in_short(self) -> CoverageSummary:
        """The numbers, and what is missing as problems with their places."""
        return CoverageSummary(
            module=self.module,
            covered=sum(item.covered for item in self.items),
            counted=sum(not item.excluded for item in self.items),
            percent=self.percent,
            gate=self.gate,
            missing=tuple(
                Problem(f"{item.name} ({gap.state}): {gap.missing}", item.place)
                for item in self.items
                for gap in item.missing
            ),
            problems=self.problems,
        )


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    """The coverage of a module in short: ``covered`` of the items that are ``counted``."""

    module: str
    covered: int
    counted: int
    percent: float
    gate: float | None
    missing: tuple[Problem, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def below(self) -> bool:
        return self.gate is not None and self.percent < self.gate

    @property
    def outcome(self) -> Outcome:
        return Outcome.FAILED if self.below or self.problems else Outcome.PASSED


@dataclass(frozen=True, slots=True)
class CoverageResult:
    """The coverage of a project's modules."""

    modules: tuple[ModuleCoverage, ...]

    @property
    def items(self) -> tuple[CoverageItem, ...]:
        return tuple(item for module in self.modules for item in module.items)

    @property
    def outcome(self) -> Outcome:
        return worst(module.outcome for module in self.modules) if self.modules else Outcome.ERROR


def percent_covered(items: Iterable[CoverageItem]) -> float:
    """Items with every state reached, of those that no exclusion excuses; 100 where there is nothing to reach.

    Rounded down to a tenth, so that only all is 100.
    """
    counted = [item for item in items if not item.excluded]
    if not counted:
        return 100.0
    return int(1000 * sum(item.covered for item in counted) / len(counted)) / 10


@dataclass(slots=True)
class RunResult:
    """A whole run. A part that was not asked for is None; an empty part that was asked for is an error.

    ``coverage`` has each module, where everything was asked for and planned.

    ``seconds`` is wall time by part: ``plans``, ``stories``, ``compliance``, and ``total`` for the whole run.
    ``versions`` is by tool. ``started`` is aware of its time zone. ``revision`` is the commit that was proved,
    ending in ``-dirty`` when the checkout differed from it; empty when it is not known.
    """

    cases: Sequence[CaseResult] | None = None
    stories: Sequence[StoryResult] | None = None
    compliance: ComplianceResult | None = None
    coverage: Sequence[CoverageSummary] | None = None
    errors: list[Problem] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    started: datetime | None = None
    revision: str = ""

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
        return worst(parts) if parts else Outcome.ERROR

    @property
    def exit_code(self) -> int:
        return self.outcome.exit_code
