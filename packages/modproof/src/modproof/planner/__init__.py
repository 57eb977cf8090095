"""Plans any number of cases in one Terraform run and tells them apart again."""

from __future__ import annotations

from modproof.planner.arguments import case_key, escape, hide_unknown, path_parts
from modproof.planner.inventories import save
from modproof.planner.judge import judge
from modproof.planner.outcome import CaseError, Planned
from modproof.planner.service import Planner
from modproof.planner.work import Work, summary

__all__ = [
    "CaseError",
    "Planned",
    "Planner",
    "Work",
    "case_key",
    "escape",
    "hide_unknown",
    "judge",
    "path_parts",
    "save",
    "summary",
]
