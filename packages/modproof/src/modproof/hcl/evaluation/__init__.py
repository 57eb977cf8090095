"""Evaluates expressions of a configuration before a plan, as far as its files determine them."""

from __future__ import annotations

from modproof.hcl.evaluation.configuration import Configuration
from modproof.hcl.evaluation.texts import is_text

__all__ = ["Configuration", "is_text"]
