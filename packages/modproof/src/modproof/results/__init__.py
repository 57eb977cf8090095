"""What a run found, as plain data. Standard library only, so that every layer can speak it."""

from __future__ import annotations

from modproof.results.basis import Outcome, Place, Problem, worst
from modproof.results.compliance import (
    ComplianceResult,
    EntryStatus,
    Finding,
    RetiredEntry,
    Scan,
    SuppressedFinding,
)
from modproof.results.coverage import (
    COVERAGE_KINDS,
    CoverageItem,
    CoverageResult,
    CoverageSummary,
    Gap,
    ModuleCoverage,
    percent_covered,
)
from modproof.results.proofs import CaseResult, StepResult, StoryResult
from modproof.results.run import RunResult

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
