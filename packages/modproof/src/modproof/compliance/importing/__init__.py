"""Ledger entries from skips that a repository has: configuration files of scanners, and ignore comments."""

from __future__ import annotations

from modproof.compliance.importing.importer import Imported, import_skips

__all__ = ["Imported", "import_skips"]
