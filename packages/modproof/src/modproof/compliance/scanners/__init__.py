"""The scanners. To add a scanner, write a module here and add it to :func:`all_scanners`."""

from __future__ import annotations

from collections.abc import Sequence

from modproof import toolchain
from modproof.compliance.scanners.checkov import Checkov
from modproof.compliance.scanners.protocol import PlanFinding, PlanScan, RawFinding, RootScan, Scanner
from modproof.compliance.scanners.tfsec import Tfsec
from modproof.compliance.scanners.trivy import Trivy
from modproof.core.errors import ConfigurationError
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Settings

__all__ = [
    "NAMES",
    "Checkov",
    "PlanFinding",
    "PlanScan",
    "RawFinding",
    "RootScan",
    "Scanner",
    "Tfsec",
    "Trivy",
    "all_scanners",
    "chosen_scanners",
    "programs",
    "scanners_named",
]


def all_scanners(progress: Progress = SILENT) -> tuple[Scanner, ...]:
    """Every scanner, the slowest to start first."""
    return (Checkov(), Tfsec(progress), Trivy(progress))


NAMES = tuple(scanner.name for scanner in all_scanners())
"""The names of all scanners, in ledger entries and settings."""


def chosen_scanners(settings: Settings, progress: Progress = SILENT) -> tuple[Scanner, ...]:
    """The scanners that the settings name. Raises ConfigurationError for an unknown name."""
    return scanners_named(settings.scanners, progress)


def scanners_named(names: Sequence[str], progress: Progress = SILENT) -> tuple[Scanner, ...]:
    """The scanners called ``names``, the slowest first. Raises ConfigurationError for an unknown name."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise ConfigurationError(f"unknown scanner '{unknown[0]}'", hint=f"known scanners: {', '.join(NAMES)}")
    return tuple(scanner for scanner in all_scanners(progress) if scanner.name in names)


def programs(settings: Settings) -> tuple[str, ...]:
    """The programs in the catalog of tools that the scanners of the settings run. checkov is a Python package."""
    return tuple(name for name in settings.scanners if name in toolchain.TOOLS)
