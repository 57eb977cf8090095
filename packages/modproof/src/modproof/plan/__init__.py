"""Plans any number of cases in one Terraform run, and separates their plans again."""

from __future__ import annotations

from modproof.plan.planner import Planner
from modproof.plan.work import Work, summary

__all__ = ["Planner", "Work", "summary"]
