"""Prove Terraform modules: plan every case at once, apply to an emulator, hold findings to a ledger."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
