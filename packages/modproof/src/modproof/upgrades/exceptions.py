"""The file of exceptions: upgrades that replace or destroy a resource, or break an interface, for a reviewed reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from modproof.core.documents import Day, InvalidDocument, Strict, read, validate
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.upgrades.resources import LOST

__all__ = ["UpgradeException", "load"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Entry(Strict):
    example: Text | None = None
    module: Text | None = None
    address: Text
    what: Text
    reason: Text
    expires: Day

    @model_validator(mode="after")
    def _one_place(self) -> _Entry:
        if (self.example is None) == (self.module is None):
            raise ValueError("an exception has either `example` or `module`")
        if self.example is not None and self.what not in LOST:
            raise ValueError(f"`what` of a resource is one of {', '.join(LOST)}")
        return self


class _File(Strict):
    exceptions: list[_Entry] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UpgradeException:
    """An entry. ``scope`` is ``example`` or ``module``; ``name`` and ``address`` are globs.

    ``what`` is the start of a change's description.
    """

    scope: str
    name: str
    address: str
    what: str
    reason: str
    expires: date
    place: Place

    def covers(self, scope: str, name: str, address: str, what: str) -> bool:
        """Whether the entry is for this change."""
        return (
            scope == self.scope
            and fnmatchcase(name, self.name)
            # brackets are instance keys
            and fnmatchcase(address, self.address.replace("[", "[[]"))
            and what.startswith(self.what)
        )


def load(project: Project, today: date) -> tuple[list[UpgradeException], list[Problem]]:
    """The entries that apply on ``today``, and a problem for each one that has expired.

    Raises InvalidDocument with every fault and its line.
    """
    if not project.upgrades.exists():
        return [], []
    document = read(project.upgrades, project.relative(project.upgrades))
    model = validate(document, (), _File)
    if isinstance(model, list):
        raise InvalidDocument(model)
    found = [
        UpgradeException(
            scope="example" if entry.example else "module",
            name=entry.example or entry.module or "",
            address=entry.address,
            what=entry.what,
            reason=entry.reason,
            expires=entry.expires,
            place=document.place("exceptions", index),
        )
        for index, entry in enumerate(model.exceptions)
    ]
    return [entry for entry in found if entry.expires > today], list(_expired(found, today))


def _expired(found: list[UpgradeException], today: date) -> Iterator[Problem]:
    for entry in found:
        if entry.expires <= today:
            text = f"the exception for {entry.name}: {entry.address} expired on {entry.expires}"
            yield Problem(text, entry.place, "delete it, or review it and set a new date")
