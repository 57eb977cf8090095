"""Cases: the model, where they come from, what they expect, and whether a plan meets it."""

from __future__ import annotations

from modproof.cases.loader import LoadedCases, load_all
from modproof.cases.model import BrokenCase, Case, Expect, Rejects
from modproof.cases.planned import CaseError, Planned
from modproof.cases.verdict import judge

__all__ = ["BrokenCase", "Case", "CaseError", "Expect", "LoadedCases", "Planned", "Rejects", "judge", "load_all"]
