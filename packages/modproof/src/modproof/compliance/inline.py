"""Ignore comments in Terraform files: exceptions outside the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modproof.core.project import Project
from modproof.core.results import Place

__all__ = ["InlineSkip", "inline_skips"]

# what each scanner itself looks for, in any line of a file
_CHECKOV = re.compile(r"(?:checkov|bridgecrew|cortex):skip=[ ]*(?P<rules>[\w-]+(?:,[\w-]+)*)?")
_TFSEC = re.compile(r"(?:tfsec|trivy):ignore:(?P<rules>\*|[^\s:\[*]+)?")


@dataclass(frozen=True, slots=True)
class InlineSkip:
    """A comment that hides a rule's findings; ``rule`` is as written, empty when the comment names none."""

    scanner: str
    rule: str
    place: Place


def inline_skips(project: Project, files: Iterable[Path]) -> list[InlineSkip]:
    """Every ignore comment of checkov and tfsec (and of the names that they also go by) in these files."""
    found: list[InlineSkip] = []
    for path in sorted(set(files)):
        if path.suffix == ".tf":
            text = path.read_text(encoding="utf-8", errors="replace")
            found += _in_text(text, project.relative(path))
    return found


def _in_text(text: str, path: str) -> Iterator[InlineSkip]:
    for number, line in enumerate(text.splitlines(), 1):
        for scanner, pattern in (("checkov", _CHECKOV), ("tfsec", _TFSEC)):
            for match in pattern.finditer(line):
                for rule in (match["rules"] or "").split(","):
                    yield InlineSkip(scanner, rule, Place(path, number))
