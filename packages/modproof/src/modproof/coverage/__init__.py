"""Measures which variables, conditions, resources, conditionals and outputs of a module its cases cover."""

from __future__ import annotations

from modproof.coverage.service import cover

__all__ = ["cover"]
