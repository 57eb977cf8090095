"""The interface of a scanner: its rules, its failed checks in each staged root, and its configuration file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modproof.compliance.rules import RuleBook
from modproof.compliance.scanners.config import ScannerConfig
from modproof.compliance.stage import Stage
from modproof.core.errors import TimedOut
from modproof.core.project import Settings
from modproof.core.results import Problem

__all__ = ["CODE", "PLAN", "PlanFinding", "PlanScan", "PlanScanner", "RawFinding", "RootScan", "Scanner", "too_slow"]

CODE, PLAN = "code", "plan"
"""What was scanned."""
_SHOWN_FOLDERS = 5


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A failed check as the scanner reports it. ``file`` is relative to the project, ``line`` counts from 1.

    ``resource`` is the scanner's address of the resource, relative to the evaluated root. It begins with ``module.``
    if the block belongs to a called module. ``seen_in`` is the scan: :data:`CODE` or :data:`PLAN`.
    """

    rule: str
    file: str
    line: int
    resource: str
    guideline: str = ""
    seen_in: str = CODE


@dataclass(frozen=True, slots=True)
class RootScan:
    """The scan of one root: the number of checks and resources, the failed checks, and the files with a check.

    ``files`` are relative to the project. ``rules`` are those with a passed or failed check. ``errors`` are the files
    that could not be read, or the reason why the scanner failed. ``crashes`` are checks that raised
    an exception.
    """

    checks: int
    resources: int
    findings: tuple[RawFinding, ...] = ()
    files: frozenset[str] = frozenset()
    errors: tuple[Problem, ...] = ()
    rules: frozenset[str] = frozenset()
    crashes: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """A failed check of a planned resource. ``attributes`` are the paths of the values that the check read."""

    rule: str
    address: str
    attributes: tuple[str, ...] = ()
    guideline: str = ""


@dataclass(frozen=True, slots=True)
class PlanScan:
    """The scan of one plan. ``error``: why it could not be scanned. ``crashes``: checks that raised an exception."""

    checks: int = 0
    resources: int = 0
    findings: tuple[PlanFinding, ...] = ()
    error: str = ""
    crashes: tuple[str, ...] = ()


class PlanScanner(Protocol):
    """The part of a scanner that checks plans."""

    def scan(self, files: Sequence[Path], settings: Settings) -> Sequence[PlanScan]:
        """Check each file, which has a plan as JSON, without the scanner's settings.

        Raises ModproofError if no result can be given.
        """


class Scanner(Protocol):
    """A program or library that checks Terraform code. Called from one thread at a time."""

    name: str
    """The name in ledger entries."""
    website: str
    ignore_comment: re.Pattern[str]
    """Matches its ignore comments in a line of a file; the group ``rules`` holds ids, separated by commas."""
    plans: PlanScanner | None
    """None if it checks code only."""

    @property
    def config(self) -> ScannerConfig | None:
        """The generated configuration file; None if it has none."""

    def version(self) -> str:
        """The installed version. Raises ToolMissing, with the command that installs the scanner."""

    def identity(self) -> str:
        """A key for the scanner's results: with the same identity, the same files have the same findings."""

    def rules(self) -> RuleBook:
        """All rules for Terraform."""

    def offline_rules(self) -> RuleBook | None:
        """All rules, if they can be listed without the scanner; None otherwise."""

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        """Evaluate each staged root offline, ignoring the scanner's own ignore lists and comments.

        Raises ModproofError if no result can be given.
        """


def too_slow(scanner: str, timeout_seconds: float, folders: Sequence[str]) -> TimedOut:
    """The error for a scan that was stopped at its limit while it scanned ``folders``."""
    shown = ", ".join(folders[:_SHOWN_FOLDERS])
    more = f" and {len(folders) - _SHOWN_FOLDERS} more" if len(folders) > _SHOWN_FOLDERS else ""
    return TimedOut(
        f"{scanner} was stopped after {timeout_seconds:g} seconds, scanning {shown}{more}",
        hint="if it needs more time, raise timeouts.scan of [tool.modproof]",
    )
