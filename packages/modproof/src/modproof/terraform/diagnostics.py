"""The diagnostics in Terraform's machine-readable output.

Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Diagnostic", "errors_in"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or warning in Terraform's machine-readable output.

    ``filename`` is relative to the root module, ``line`` counts from 1; both may be None.
    """

    severity: str
    summary: str
    detail: str
    address: str | None = None
    filename: str | None = None
    line: int | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Diagnostic:
        """The content of a ``diagnostic`` message (plan, apply, init)."""
        span = raw.get("range") or {}
        return cls(
            severity=str(raw.get("severity", "error")),
            summary=str(raw.get("summary", "")),
            detail=str(raw.get("detail", "")),
            address=raw.get("address"),
            filename=span.get("filename"),
            line=(span.get("start") or {}).get("line"),
        )

    @property
    def needs_init(self) -> bool:
        """Whether a provider is missing that ``init`` would have installed."""
        return self.summary.startswith(("Inconsistent dependency lock file", "Required plugins are not installed"))

    @property
    def text(self) -> str:
        """Summary and detail in one line."""
        joined = f"{self.summary}: {self.detail}" if self.detail else self.summary
        return " ".join(joined.split())


def errors_in(stdout: str) -> tuple[Diagnostic, ...]:
    """The error diagnostics in a stream of JSON messages, one per line."""
    found: list[Diagnostic] = []
    for line in stdout.splitlines():
        if '"diagnostic"' not in line:
            continue  # most messages are about changes
        try:
            message = json.loads(line)
        except ValueError:
            continue  # output of a plug-in between the messages
        if isinstance(message, dict) and message.get("type") == "diagnostic":
            diagnostic = Diagnostic.parse(message["diagnostic"])
            if diagnostic.severity == "error":
                found.append(diagnostic)
    return tuple(found)
