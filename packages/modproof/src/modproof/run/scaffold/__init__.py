"""Writes a first cases.yaml for a module, from its variables and the examples that call it."""

from __future__ import annotations

from modproof.run.scaffold.service import Scaffolded, scaffold

__all__ = ["Scaffolded", "scaffold"]
