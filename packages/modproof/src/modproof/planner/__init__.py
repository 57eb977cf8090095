"""Plans any number of cases in one Terraform run and tells them apart again."""

from __future__ import annotations

from modproof.planner.judge import judge
from modproof.planner.outcome import CaseError, Planned
from modproof.planner.service import Planner

__all__ = ["CaseError", "Planned", "Planner", "judge"]
