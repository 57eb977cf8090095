"""Known drift: a reviewed list of changes that the emulator causes in a second plan.

A second plan should be empty, but may not be where the emulator differs from AWS. The list has the changes that are
accepted, in which stories (or other Terraform roots), and why. A change that is not listed fails the story, and so does
an entry that is not needed.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from modproof.core.documents import Document, InvalidDocument, Strict, read, validate
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["Drift", "load", "seen_in"]


class _Entry(Strict):
    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    seen_in: list[str] = Field(min_length=1)
    resource: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")
    attributes: list[str] = Field(min_length=1)
    reason: str = Field(min_length=1)
    reviewed: datetime.date


class _List(Strict):
    drift: list[_Entry]


@dataclass(frozen=True, slots=True)
class Drift:
    """Attributes of a resource type that a second plan may update in place, because of the emulator.

    ``seen_in`` are paths from the project's root: story files, or folders of Terraform roots. ``attributes`` are paths
    within a resource, including everything below.
    """

    name: str
    seen_in: tuple[str, ...]
    resource: str
    attributes: tuple[str, ...]
    reason: str
    place: Place

    def __str__(self) -> str:
        return f"{self.name}: {self.resource}: {', '.join(self.attributes)}"


def load(project: Project) -> tuple[Drift, ...]:
    """The project's list; empty if there is no file.

    Raises InvalidDocument with every fault and its line: an unknown or missing key, a duplicate name, a path that does
    not exist, a review date in the future.
    """
    if not project.drift.exists():
        return ()
    document = read(project.drift, project.relative(project.drift))
    model = validate(document, (), _List)
    if isinstance(model, list):
        raise InvalidDocument(model)
    problems = list(_problems(document, model, project))
    if problems:
        raise InvalidDocument(problems)
    return tuple(
        Drift(
            entry.name,
            tuple(entry.seen_in),
            entry.resource,
            tuple(entry.attributes),
            entry.reason,
            document.place("drift", index),
        )
        for index, entry in enumerate(model.drift)
    )


def seen_in(path: Path, project: Project) -> tuple[Drift, ...]:
    """The entries of the project's list that were seen in ``path``. Raises as :func:`load`."""
    shown = project.relative(path)
    return tuple(entry for entry in load(project) if shown in entry.seen_in)


def _problems(document: Document, model: _List, project: Project) -> Iterator[Problem]:
    names = Counter(entry.name for entry in model.drift)
    for index, entry in enumerate(model.drift):
        if names[entry.name] > 1:
            yield Problem(f"the name '{entry.name}' is not unique", document.place("drift", index, "name"))
        if entry.reviewed > datetime.datetime.now(datetime.UTC).date():
            text = f"the review date {entry.reviewed} is in the future"
            yield Problem(text, document.place("drift", index, "reviewed"), "write the date of the last review")
        for number, path in enumerate(entry.seen_in):
            if not (project.root / path).exists() or path != project.relative(path) or path.endswith("/"):
                yield Problem(
                    f"{path} does not exist",
                    document.place("drift", index, "seen_in", number),
                    "name story files or folders of Terraform roots, from the project's root",
                )
