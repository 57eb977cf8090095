"""What scanners found, and what the ledger says to it."""

from __future__ import annotations

from dataclasses import dataclass

from modproof.core.results.basis import Outcome, Place, Problem

__all__ = ["ComplianceResult", "EntryStatus", "Finding", "RetiredEntry", "Scan", "SuppressedFinding"]


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
