"""Coverage of modules by cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modproof.core.results.basis import Outcome, Place, Problem, worst

__all__ = [
    "COVERAGE_KINDS",
    "NOTHING_TO_COVER",
    "CoverageItem",
    "CoverageResult",
    "CoverageSummary",
    "Gap",
    "ModuleCoverage",
    "percent_covered",
]

NOTHING_TO_COVER = "nothing to cover"
COVERAGE_KINDS = ("variables", "validations", "resources", "conditionals", "outputs")


@dataclass(frozen=True, slots=True)
class Gap:
    """A state of an item that no case covers. ``missing`` describes it; ``reason`` is set if it is excluded."""

    state: str
    missing: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """A part of a module that cases can cover.

    ``kind`` is one of COVERAGE_KINDS (``validations`` include pre- and postconditions). ``name`` is unique in the
    module. ``spans`` are its places in the source, each with its last line.
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
    """The coverage of one module. ``gate`` is the required percentage; ``files`` are its sources.

    ``problems`` are exclusions that are invalid or not needed. ``notes`` report what is not counted.
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

    @property
    def mark(self) -> Outcome | None:
        """PASSED if the module reaches its gate, or 100 % without one; None if there is nothing to judge by.

        A module of which nothing is covered never passes.
        """
        return _mark(self.outcome, self.covered, self.counted, self.gate)

    @property
    def covered(self) -> int:
        """The number of fully covered items."""
        return sum(item.covered for item in self.items)

    @property
    def counted(self) -> int:
        """The number of items that are not excluded."""
        return sum(not item.excluded for item in self.items)

    def in_short(self) -> CoverageSummary:
        """The numbers, and the gaps as problems with their places."""
        return CoverageSummary(
            module=self.module,
            covered=self.covered,
            counted=self.counted,
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
    """The coverage of a module in numbers: ``covered`` of the ``counted`` items."""

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

    @property
    def mark(self) -> Outcome | None:
        """As :attr:`ModuleCoverage.mark`."""
        return _mark(self.outcome, self.covered, self.counted, self.gate)

    def words(self) -> str:
        """``3 of 4 (75 %)``, or that there is nothing to cover."""
        return f"{self.covered} of {self.counted} ({self.percent:g} %)" if self.counted else NOTHING_TO_COVER


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

    @property
    def mark(self) -> Outcome | None:
        """The outcome; None if it is PASSED and a module with items has no mark, or no module has items."""
        marks = [module.mark for module in self.modules if module.counted]
        return None if self.outcome is Outcome.PASSED and (not marks or None in marks) else self.outcome


def _mark(outcome: Outcome, covered: int, counted: int, gate: float | None) -> Outcome | None:
    if outcome is Outcome.PASSED and (not covered or (gate is None and covered < counted)):
        return None
    return outcome


def percent_covered(items: Iterable[CoverageItem]) -> float:
    """The percentage of fully covered items, excluded items not counted; 100 if there are none.

    Rounded down to a tenth, so that only full coverage is 100.
    """
    counted = [item for item in items if not item.excluded]
    if not counted:
        return 100.0
    return int(1000 * sum(item.covered for item in counted) / len(counted)) / 10
