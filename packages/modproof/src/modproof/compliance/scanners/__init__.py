"""The scanners. To add a scanner, write a module here and add it to :func:`all_scanners`."""

from __future__ import annotations

from modproof.compliance.scanners.checkov import Checkov
from modproof.compliance.scanners.protocol import PlanFinding, PlanScan, RawFinding, RootScan, Scanner
from modproof.compliance.scanners.tfsec import Tfsec
from modproof.core.progress import SILENT, Progress

__all__ = ["Checkov", "PlanFinding", "PlanScan", "RawFinding", "RootScan", "Scanner", "Tfsec", "all_scanners"]


def all_scanners(progress: Progress = SILENT) -> tuple[Scanner, ...]:
    """Every scanner, the slowest to start first."""
    return (Checkov(), Tfsec(progress))
