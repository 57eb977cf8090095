"""Writes first cases for modules, and first stories for examples."""

from __future__ import annotations

from modproof.run.scaffold.service import Scaffolded, scaffold
from modproof.run.scaffold.story import draft_story

__all__ = ["Scaffolded", "draft_story", "scaffold"]
