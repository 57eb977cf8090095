"""Findings of scanners, and how the ledger accounts for them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import StrEnum

from modproof.core.results.basis import Outcome, Place, Problem

__all__ = [
    "SEVERITIES",
    "ComplianceResult",
    "ControlStatus",
    "EntryStatus",
    "Finding",
    "Framework",
    "FrameworkControl",
    "OtherRule",
    "RetiredEntry",
    "Scan",
    "SuppressedFinding",
]

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
"""From the most severe."""


@dataclass(frozen=True, slots=True)
class OtherRule:
    """The rule of another scanner that found the same control violated at the same address."""

    scanner: str
    rule: str


class Framework(StrEnum):
    """A compliance framework, by its name in commands, reports and data/frameworks.json."""

    CIS = "cis"
    FSBP = "fsbp"
    AI = "ai"
    NIST = "nist"
    SOC2 = "soc2"

    @property
    def label(self) -> str:
        """The short name in reports."""
        return {"ai": "AWS AI", "nist": "NIST 800-53", "soc2": "SOC 2"}.get(self, self.upper())


@dataclass(frozen=True, slots=True)
class FrameworkControl:
    """A control of the framework with the name ``framework``."""

    framework: str
    id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A failed check of a resource. ``severity`` is LOW, MEDIUM, HIGH, CRITICAL or UNKNOWN.

    ``seen_in`` lists the scans that found it in its block: ``code``, ``plan``. ``also`` are the rules of other scanners
    that found the same, ``controls`` those of frameworks that the rule belongs to.
    """

    scanner: str
    rule: str
    title: str
    address: str
    place: Place
    severity: str = "UNKNOWN"
    guideline: str = ""
    seen_in: tuple[str, ...] = ("code",)
    also: tuple[OtherRule, ...] = ()
    controls: tuple[FrameworkControl, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What stays the same when lines move, and when the block moves to another file of its folder."""
        return self.scanner, self.rule, self.address, posixpath.dirname(self.place.path)

    @property
    def identities(self) -> tuple[tuple[str, str, str, str], ...]:
        """The identity for each scanner that found it."""
        others = ((other.scanner, other.rule, *self.identity[2:]) for other in self.also)
        return self.identity, *others


@dataclass(frozen=True, slots=True)
class SuppressedFinding:
    """A finding that a ledger entry covers."""

    finding: Finding
    entry_place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class EntryStatus:
    """A ledger entry and the number of findings that it covers in this run. ``review`` is an ISO date."""

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
    """A ledger entry that is no longer needed. ``because`` is the reason."""

    scanner: str
    rule: str
    description: str
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Scan:
    """One run of a scanner: its version, the number of checks and resources, and wall time in seconds.

    ``note`` says why it had nothing to check. ``plans`` is the number of plans that were scanned, 0 for a scan of code.
    """

    scanner: str
    version: str
    checks: int
    resources: int
    seconds: float
    note: str = ""
    plans: int = 0


@dataclass(frozen=True, slots=True)
class ControlStatus:
    """A control of a framework: the rules of the scanners for it, and the numbers of open and of suppressed findings.

    ``checked`` are the rules that had a resource to check. Without any, the state of the control is unknown.
    """

    id: str
    rules: tuple[str, ...]
    checked: tuple[str, ...]
    findings: int
    accepted: int


@dataclass(frozen=True, slots=True)
class ComplianceResult:
    """All scanners' findings compared with the ledger.

    ``findings`` are those that no entry covers. ``problems`` are invalid ledger entries and outdated generated files.
    ``errors`` are scans that could not be completed. ``undecided`` are checks of plans that failed on a value that is
    known only after apply, so that they are neither passed nor findings. With ``fail_on``, a severity, less severe
    findings do not fail the run; a finding of unknown severity does. With ``framework``, only findings of its rules are
    listed, and ``controls`` are its controls.
    """

    scans: tuple[Scan, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[SuppressedFinding, ...] = ()
    entries: tuple[EntryStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()
    retired: tuple[RetiredEntry, ...] = ()
    undecided: tuple[Finding, ...] = ()
    fail_on: str = SEVERITIES[-1]
    framework: str = ""
    controls: tuple[ControlStatus, ...] = ()

    def fails(self, finding: Finding) -> bool:
        """Whether an open finding fails the run."""
        return finding.severity not in SEVERITIES[SEVERITIES.index(self.fail_on) + 1 :]

    @property
    def outcome(self) -> Outcome:
        if self.problems or any(map(self.fails, self.findings)):
            return Outcome.FAILED
        return Outcome.ERROR if self.errors or not self.scans else Outcome.PASSED
