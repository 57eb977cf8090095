"""Results of a run as plain data. Uses the standard library only, so that every layer can import it."""

from __future__ import annotations

from modproof.core.results.basis import Mismatch, Outcome, Place, Problem, worst
from modproof.core.results.calls import RecordedCall
from modproof.core.results.changes import Changes, CoverageChange, LedgerChange
from modproof.core.results.compliance import (
    SEVERITIES,
    ComplianceResult,
    ControlStatus,
    EntryStatus,
    Finding,
    Framework,
    FrameworkControl,
    OtherRule,
    RetiredEntry,
    Scan,
    SuppressedFinding,
)
from modproof.core.results.coverage import (
    COVERAGE_KINDS,
    NOTHING_TO_COVER,
    CoverageItem,
    CoverageResult,
    CoverageSummary,
    Gap,
    ModuleCoverage,
    percent_covered,
)
from modproof.core.results.permissions import PermissionsResult
from modproof.core.results.proofs import CaseResult, DeployerRole, RecordedUnit, StepResult, StoryResult
from modproof.core.results.run import Load, RunResult
from modproof.core.results.upgrades import (
    BUMPS,
    Bump,
    ExampleUpgrade,
    InterfaceChange,
    PermissionChange,
    ResourceUpgrade,
    UpgradeResult,
)

__all__ = [
    "BUMPS",
    "COVERAGE_KINDS",
    "NOTHING_TO_COVER",
    "SEVERITIES",
    "Bump",
    "CaseResult",
    "Changes",
    "ComplianceResult",
    "ControlStatus",
    "CoverageChange",
    "CoverageItem",
    "CoverageResult",
    "CoverageSummary",
    "DeployerRole",
    "EntryStatus",
    "ExampleUpgrade",
    "Finding",
    "Framework",
    "FrameworkControl",
    "Gap",
    "InterfaceChange",
    "LedgerChange",
    "Load",
    "Mismatch",
    "ModuleCoverage",
    "OtherRule",
    "Outcome",
    "PermissionChange",
    "PermissionsResult",
    "Place",
    "Problem",
    "RecordedCall",
    "RecordedUnit",
    "ResourceUpgrade",
    "RetiredEntry",
    "RunResult",
    "Scan",
    "StepResult",
    "StoryResult",
    "SuppressedFinding",
    "UpgradeResult",
    "percent_covered",
    "worst",
]
