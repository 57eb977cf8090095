"""Ignore comments in Terraform files, which are exceptions outside the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.compliance.scanners import Scanner
from modproof.core.project import Project
from modproof.core.results import Place

__all__ = ["IgnoreComment", "ignore_comments"]


@dataclass(frozen=True, slots=True)
class IgnoreComment:
    """A comment that hides findings of a rule. ``rule`` is as written, or empty if the comment has none."""

    scanner: str
    rule: str
    place: Place


def ignore_comments(project: Project, files: Iterable[Path], scanners: Sequence[Scanner]) -> list[IgnoreComment]:
    """Every ignore comment of ``scanners`` in the ``.tf`` files among ``files``."""
    found: list[IgnoreComment] = []
    for path in sorted(set(files)):
        if path.suffix == ".tf":
            text = path.read_text(encoding="utf-8", errors="replace")
            found += _in_text(text, project.relative(path), scanners)
    return found


def _in_text(text: str, path: str, scanners: Sequence[Scanner]) -> Iterator[IgnoreComment]:
    for number, line in enumerate(text.splitlines(), 1):
        for scanner in scanners:
            for match in scanner.ignore_comment.finditer(line):
                for rule in (match["rules"] or "").split(","):
                    yield IgnoreComment(scanner.name, rule, Place(path, number))
