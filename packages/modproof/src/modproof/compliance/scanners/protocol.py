"""What a scanner is to the rest: rules by name, and for each staged root what fails in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from modproof.compliance.roots import Stage
from modproof.compliance.rules import RuleBook
from modproof.core.results import Problem

__all__ = ["RawFinding", "RootScan", "Scanner"]


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A failed check as the scanner tells it. ``file`` is relative to the project, ``line`` counts from 1.

    ``resource`` is the scanner's own address from the root that was evaluated; it begins with ``module.`` when the
    block belongs to a called module.
    """

    rule: str
    file: str
    line: int
    resource: str
    guideline: str = ""


@dataclass(frozen=True, slots=True)
class RootScan:
    """One root's evaluation: how many checks were made on how many resources, and what failed.

    ``errors`` are files that could not be read: nothing is known of what is in them.
    """

    checks: int
    resources: int
    findings: tuple[RawFinding, ...] = ()
    errors: tuple[Problem, ...] = ()


class Scanner(Protocol):
    """A program or library that judges Terraform code. Used from one thread at a time."""

    name: str

    def version(self) -> str:
        """The version that would scan. Raises ToolMissing, with the command that mends it."""

    def identity(self) -> str:
        """Two runs with the same identity find the same in the same files."""

    def rules(self) -> RuleBook:
        """All rules that the scanner has for Terraform."""

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        """Evaluate each staged root, without the scanner's own ignore lists and comments, offline.

        Raises ModproofError when nothing at all can be said.
        """
