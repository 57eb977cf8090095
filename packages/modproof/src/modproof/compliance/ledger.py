"""The ignore ledger: the file that lists accepted findings, with place, reason and review date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from modproof.core.documents import Day, Document, InvalidDocument, Strict, read, validate
from modproof.core.project import Project
from modproof.core.results import Finding, Place, Problem
from modproof.terraform.addresses import without_keys

__all__ = ["REVIEW_DAYS", "Entry", "Ledger", "Retired", "Scope", "load", "schema"]

REVIEW_DAYS = 90
"""The time until the review date of a new entry."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Scope(Strict):
    """The findings that an entry may cover: those that match every given key. ``*`` matches any characters.

    In ``path``, ``*`` does not match a slash and ``**`` does. A ``resource`` without an index matches every instance.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    module: Text | None = None
    """A module's folder name."""
    path: Text | None = None
    """The file to fix, relative to the project."""
    resource: Text | None = None
    """The address of the resource, relative to the folder of the finding."""

    @model_validator(mode="after")
    def _not_everything(self) -> Scope:
        if not (self.module or self.path or self.resource):
            raise ValueError("a scope needs module, path or resource")
        return self

    def fits(self, finding: Finding, modules: str) -> bool:
        """Whether the finding is in this scope. ``modules`` is the project's folder of modules."""
        if not self.contains(finding.place.path, modules):
            return False
        if not self.resource:
            return True
        wanted = _pattern(self.resource, False)
        return any(wanted.fullmatch(address) for address in (finding.address, without_keys(finding.address)))

    def contains(self, path: str, modules: str) -> bool:
        """Whether a finding in the file ``path`` can be in this scope."""
        if self.module and not _pattern(f"{modules}/{self.module}/**", True).fullmatch(path):
            return False
        return not self.path or _pattern(self.path, True).fullmatch(path) is not None

    def __str__(self) -> str:
        named = {"module": self.module, "path": self.path, "resource": self.resource}
        return ", ".join(f"{key} {value}" for key, value in named.items() if value)


class Entry(Strict):
    """An exception in force. It expires on the day ``review``."""

    scanner: Text
    rule: Text
    description: Text
    reason: Text
    scope: list[Scope] = Field(min_length=1)
    owner: Text
    review: Day
    trivy: Text | None = None
    """The rule of Trivy for the same control, if the ids do not say it."""


class Retired(Strict):
    """A former exception: its reason, and why it is no longer needed."""

    scanner: Text
    rule: Text
    description: Text
    reason: Text
    because: Text


class _File(Strict):
    ignores: list[Entry] = Field(default_factory=list)
    no_longer_needed: list[Retired] = Field(default_factory=list)


def schema(scanners: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of a ledger with entries of ``scanners``."""
    made = _File.model_json_schema()
    for name in (Entry.__name__, Retired.__name__):
        made["$defs"][name]["properties"]["scanner"] = {"enum": list(scanners)}
    return made


@lru_cache(maxsize=1024)
def _pattern(glob: str, slashes: bool) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    stars = {"**": ".*", "*": "[^/]*" if slashes else ".*"}
    return re.compile("".join(stars.get(part) or re.escape(part) for part in parts))


@dataclass(frozen=True, slots=True)
class Ledger:
    """A parsed ledger. ``path`` is relative to the project. Without a file, it is empty and ``exists`` is False."""

    path: str
    entries: tuple[Entry, ...]
    retired: tuple[Retired, ...]
    document: Document
    exists: bool = True

    def place(self, part: str, index: int, *keys: str | int) -> Place:
        """The place of an entry, or of a key in it. ``part`` is ``ignores`` or ``no_longer_needed``."""
        return self.document.place(part, index, *keys)

    def named(self) -> Iterator[tuple[Entry | Retired, str, int]]:
        """Every entry of both parts, with its part and its index."""
        for index, entry in enumerate(self.entries):
            yield entry, "ignores", index
        for index, retired in enumerate(self.retired):
            yield retired, "no_longer_needed", index


def load(project: Project, scanners: Sequence[str]) -> Ledger:
    """Read the project's ledger.

    Raises InvalidDocument with every fault and its line: an unknown or missing key, a value of the wrong type, a
    scanner that is not in ``scanners``, a rule in both parts.
    """
    shown = project.relative(project.ledger)
    if not _is_there(project.ledger):
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


def _is_there(path: Path) -> bool:
    """Whether the file has to be read, which may fail: for a link to nothing, or below a file instead of a folder."""
    return path.exists() or path.is_symlink() or next(each for each in path.parents if each.exists()).is_file()


def _unknown_scanners(ledger: Ledger, scanners: Sequence[str]) -> Iterator[Problem]:
    for entry, part, index in ledger.named():
        if entry.scanner not in scanners:
            yield Problem(
                f"unknown scanner '{entry.scanner}'",
                ledger.place(part, index, "scanner"),
                f"known scanners: {', '.join(scanners)}",
            )


def _in_both_parts(ledger: Ledger) -> Iterator[Problem]:
    in_force = {(entry.scanner, entry.rule): index for index, entry in enumerate(ledger.entries)}
    for index, entry in enumerate(ledger.retired):
        other = in_force.get((entry.scanner, entry.rule))
        if other is not None:
            yield Problem(
                f"{entry.rule} is also in force, at line {ledger.place('ignores', other).line}",
                ledger.place("no_longer_needed", index, "rule"),
                "keep it in one part",
            )
