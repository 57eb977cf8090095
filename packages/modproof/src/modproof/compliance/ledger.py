"""The ignore ledger: the one file in which a project says which findings it lives with, where, why and until when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from modproof.core.documents import Document, InvalidDocument, Strict, read, validate
from modproof.core.project import Project
from modproof.core.results import Finding, Place, Problem

__all__ = ["Entry", "Ledger", "Retired", "Scope", "load"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Scope(Strict):
    """What an entry may cover: findings that every given key fits. ``*`` stands for any characters.

    In ``path``, ``*`` stops at a slash and ``**`` does not. A ``resource`` without index fits the resource with any.
    """

    module: Text | None = None
    """A module's folder name."""
    path: Text | None = None
    """The file to mend, from the project's root."""
    resource: Text | None = None
    """The resource's address, from the folder that shows the finding."""

    @model_validator(mode="after")
    def _not_everything(self) -> Scope:
        if not (self.module or self.path or self.resource):
            raise ValueError("a scope needs module, path or resource")
        return self

    def fits(self, finding: Finding, modules: str) -> bool:
        """Whether the finding is inside this scope; ``modules`` is the folder of the project's modules."""
        path = finding.place.path
        if self.module and not _pattern(f"{modules}/{self.module}/**", True).fullmatch(path):
            return False
        if self.path and not _pattern(self.path, True).fullmatch(path):
            return False
        if not self.resource:
            return True
        wanted = _pattern(self.resource, False)
        return any(
            wanted.fullmatch(address) for address in (finding.address, re.sub(r"\[[^\]]*\]", "", finding.address))
        )

    def __str__(self) -> str:
        named = {"module": self.module, "path": self.path, "resource": self.resource}
        return ", ".join(f"{key} {value}" for key, value in named.items() if value)


class Entry(Strict):
    """An exception in force. From the day ``review`` on it no longer holds."""

    scanner: Text
    rule: Text
    description: Text
    reason: Text
    scope: list[Scope] = Field(min_length=1)
    owner: Text
    review: date


class Retired(Strict):
    """An exception that was needed once: the reason it had, and what made it unnecessary."""

    scanner: Text
    rule: Text
    description: Text
    reason: Text
    because: Text


class _File(Strict):
    ignores: list[Entry] = Field(default_factory=list)
    no_longer_needed: list[Retired] = Field(default_factory=list)


@lru_cache(maxsize=1024)
def _pattern(glob: str, slashes: bool) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    stars = {"**": ".*", "*": "[^/]*" if slashes else ".*"}
    return re.compile("".join(stars.get(part) or re.escape(part) for part in parts))


@dataclass(frozen=True, slots=True)
class Ledger:
    """A read ledger. ``path`` is as people see it; a project without the file has an empty one (``exists`` False)."""

    path: str
    entries: tuple[Entry, ...]
    retired: tuple[Retired, ...]
    document: Document
    exists: bool = True

    def place(self, part: str, index: int, *keys: str | int) -> Place:
        """Where an entry, or a key of it, stands; ``part`` is ``ignores`` or ``no_longer_needed``."""
        return self.document.place(part, index, *keys)

    def named(self) -> Iterator[tuple[Entry | Retired, str, int]]:
        """Every entry of both parts, with the part and the place in it."""
        for index, entry in enumerate(self.entries):
            yield entry, "ignores", index
        for index, retired in enumerate(self.retired):
            yield retired, "no_longer_needed", index


def load(project: Project, scanners: Sequence[str]) -> Ledger:
    """Read the project's ledger.

    Raises InvalidDocument with every fault and its line: a key that is unknown, missing or of the wrong kind, a
    scanner that is none of ``scanners``, a rule that stands in both parts.
    """
    shown = project.relative(project.ledger)
    if not project.ledger.exists():
        return Ledger(shown, (), (), Document(Path(shown), {}, {}), exists=False)
    parsed = read(project.ledger, shown)
    document = replace(parsed, data={}) if parsed.data is None else parsed
    file = validate(document, (), _File)
    if isinstance(file, list):
        raise InvalidDocument(file)
    ledger = Ledger(shown, tuple(file.ignores), tuple(file.no_longer_needed), document)
    problems = [*_unknown_scanners(ledger, scanners), *_in_both_parts(ledger)]
    if problems:
        raise InvalidDocument(problems)
    return ledger


def _unknown_scanners(ledger: Ledger, scanners: Sequence[str]) -> Iterator[Problem]:
    for entry, part, index in ledger.named():
        if entry.scanner not in scanners:
            yield Problem(
                f"there is no scanner '{entry.scanner}'",
                ledger.place(part, index, "scanner"),
                f"known scanners: {', '.join(scanners)}",
            )


def _in_both_parts(ledger: Ledger) -> Iterator[Problem]:
    in_force = {(entry.scanner, entry.rule): index for index, entry in enumerate(ledger.entries)}
    for index, entry in enumerate(ledger.retired):
        other = in_force.get((entry.scanner, entry.rule))
        if other is not None:
            yield Problem(
                f"{entry.rule} is in force as well, at line {ledger.place('ignores', other).line}",
                ledger.place("no_longer_needed", index, "rule"),
                "keep it in one part",
            )
