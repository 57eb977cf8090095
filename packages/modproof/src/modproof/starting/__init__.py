"""Writes a first cases.yaml for a module, from its variables and from the examples that call it."""

from __future__ import annotations

from modproof.starting.service import Started, start

__all__ = ["Started", "start"]
