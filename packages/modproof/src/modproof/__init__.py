"""Tests Terraform modules: plans all cases at once, applies examples to an emulator, compares findings with a ledger."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
