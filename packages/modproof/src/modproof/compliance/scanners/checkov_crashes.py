"""Checks of checkov that raise an exception, which checkov 3.3.30 logs and then treats as a check without a result."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Crash", "crashes"]


@dataclass(frozen=True, slots=True)
class Crash:
    """A check that raised. ``file`` is relative to the scanned folder, ``line`` is 0 in a plan."""

    rule: str
    resource: str
    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.rule} failed for {self.resource}, which was not checked for it: {self.reason}"


@contextmanager
def crashes() -> Iterator[list[Crash]]:
    """The crashes of all checks while the context is open. Only one may be open at a time.

    ``BaseCheckRegistry.run_check`` in checkov/common/checks/base_check_registry.py drops the exception, after
    ``BaseCheck.run`` has called ``log_check_error``.
    """
    found: list[Crash] = []
    base: Any = importlib.import_module("checkov.common.checks.base_check").BaseCheck
    original = base.log_check_error

    def record(
        self: Any, scanned_file: str, entity_type: str, entity_name: str, entity_configuration: Mapping[str, Any]
    ) -> None:
        error = sys.exc_info()[1]
        address = str(entity_configuration.get("__address__") or f"{entity_type}.{entity_name}")
        if entity_type == "module" and not address.startswith("module."):  # the address is the name of the call
            address = f"module.{address}"
        line = entity_configuration.get("__start_line__")
        reason = f"{type(error).__name__}: {error}"
        found.append(Crash(str(self.id), address, scanned_file, line if isinstance(line, int) else 0, reason))

    base.log_check_error = record
    try:
        yield found
    finally:
        base.log_check_error = original
