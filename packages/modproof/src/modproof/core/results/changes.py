"""What changed between an earlier result and the current one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modproof.core.results.basis import Problem
from modproof.core.results.compliance import EntryStatus, Finding
from modproof.core.results.upgrades import PermissionChange

__all__ = ["Changes", "CoverageChange", "LedgerChange"]


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change of the ledger. ``entry`` is the current entry, or the former one if it was removed.

    ``expired``: the entry has reached its review date since. ``before`` is the former entry of a changed one.
    """

    action: Literal["added", "removed", "changed", "expired"]
    entry: EntryStatus
    before: EntryStatus | None = None


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """The coverage of a module in percent; None where the module does not exist."""

    module: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference from ``base``, a commit or the file of an earlier report. It does not change the outcome.

    ``commit`` is the commit of the base, empty if unknown. ``opened`` are open findings that were not open there, and
    ``fixed`` are findings, open or suppressed there, that no longer exist; it is empty if a scan is not complete.
    ``accepted`` are suppressed findings that were open there, or did not exist. ``updated`` are those of ``opened`` and
    ``accepted`` that existed there, suppressed or open. Findings are the same if scanner, rule, address and folder are,
    for any scanner that found them.
    ``incomparable`` are the reasons why a part could not be compared; its changes are then empty.
    ``findings_compared`` is false if the findings are such a part, or were not requested. ``known_problems`` are other
    problems of the run that the base had too, as part, subject and file.
    """

    base: str
    commit: str = ""
    opened: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    accepted: tuple[Finding, ...] = ()
    updated: tuple[Finding, ...] = ()
    ledger: tuple[LedgerChange, ...] = ()
    cases_added: tuple[str, ...] = ()
    cases_removed: tuple[str, ...] = ()
    coverage: tuple[CoverageChange, ...] = ()
    permissions: tuple[PermissionChange, ...] = ()
    incomparable: tuple[Problem, ...] = ()
    findings_compared: bool = False
    known_problems: tuple[str, ...] = ()
