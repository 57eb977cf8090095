"""Coverage of modules by cases: on a terminal, as JSON, and as a page with the sources."""

from __future__ import annotations

from modproof.report.coverage.data import as_json
from modproof.report.coverage.page import write_page
from modproof.report.coverage.table import show

__all__ = ["as_json", "show", "write_page"]
