"""Evaluates expressions of a configuration before a plan, as far as its files determine them."""

from __future__ import annotations

from modproof.hcl.evaluation.configuration import Configuration

__all__ = ["Configuration"]
