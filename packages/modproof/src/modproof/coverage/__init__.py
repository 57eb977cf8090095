"""What the cases of a module reach of it: variables, rules, resources, conditionals and outputs."""

from __future__ import annotations

from modproof.coverage.service import cover

__all__ = ["cover"]
