"""Selects cases, modules and stories by name: an exact name, or a glob such as ``endpoint*``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from modproof.cases import Case, LoadedCases
from modproof.cases.model import BrokenCase
from modproof.core.errors import ConfigurationError

__all__ = ["select", "select_cases", "select_names"]

T = TypeVar("T")
_SHOWN = 3
_LISTED = {"example": "examples", "module": "modules", "story": "stories"}
"""Kinds of which an error shows all names: there are few."""


def select(items: Iterable[T], names: Sequence[str], names_of: Callable[[T], Collection[str]], kind: str) -> list[T]:
    """The ``items`` that any of ``names`` selects; all of them if there are no names. The order is kept.

    ``names_of`` has the names of an item, such as the id and the module of a case. Raises ConfigurationError for a name
    that selects nothing; ``kind`` (case, example, module or story) is for its message.
    """
    items = list(items)
    if not names:
        return items
    known = {name for item in items for name in names_of(item)}
    for name in names:
        if not any(_matches(each, name) for each in known):
            near = difflib.get_close_matches(name, known, _SHOWN, cutoff=0.5)
            listed = f"{_LISTED[kind]} here: {', '.join(sorted(known)) or 'none'}" if kind in _LISTED else ""
            hint = f"did you mean {' or '.join(near)}?" if near else listed or "`modproof plan --list` shows all names"
            raise ConfigurationError(f"there is no {kind} '{name}'", hint=hint)
    return [item for item in items if any(_matches(each, name) for each in names_of(item) for name in names)]


def select_names(known: Sequence[str], names: Sequence[str], kind: str) -> list[str]:
    """The ``known`` names that ``names`` select. Raises as :func:`select`."""
    return select(known, names, lambda name: (name,), kind)


def select_cases(
    loaded: LoadedCases, names: Sequence[str], untested: Sequence[BrokenCase] = ()
) -> tuple[list[Case], list[BrokenCase]]:
    """The cases that ``names`` select, and the broken ones of ``loaded`` and ``untested`` modules.

    A broken file is selected by the name of any case of its module, because it may have defined that case. Raises as
    :func:`select`, and ConfigurationError for a name that selects only cases for another program.
    """

    def names_of(item: Case | BrokenCase) -> list[str]:
        own = [item.id, item.module]
        return own if item.name else [*own, *(name for name in names if name.startswith(f"{item.module}/"))]

    usable: list[Case | BrokenCase] = [*loaded.cases, *loaded.broken, *untested]
    selected = select([*usable, *loaded.excluded], names, names_of, "case")
    for name in names:
        if not any(_matches(each, name) for item in usable for each in names_of(item)):
            case = select(loaded.excluded, [name], names_of, "case")[0]
            raise ConfigurationError(
                f"{case.id} is only for {case.only}",
                path=case.place.path,
                line=case.place.line,
                hint="choose the program with --terraform-binary",
            )
    excluded = {case.id for case in loaded.excluded}
    cases = [item for item in selected if isinstance(item, Case) and item.id not in excluded]
    return cases, [item for item in selected if isinstance(item, BrokenCase)]


def _matches(each: str, name: str) -> bool:
    return each == name or fnmatchcase(each, name)
