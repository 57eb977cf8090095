"""Tests Terraform modules: plans cases in one batch, applies examples to an emulator, checks findings."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
