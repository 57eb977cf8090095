"""Selects cases, modules and stories by name: an exact name, or a glob such as ``endpoint*``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from modproof.core.errors import ConfigurationError

__all__ = ["select", "select_names"]

T = TypeVar("T")
_SHOWN = 3


def select(items: Iterable[T], names: Sequence[str], names_of: Callable[[T], Collection[str]], kind: str) -> list[T]:
    """The ``items`` that any of ``names`` selects; all of them if there are no names. The order is kept.

    ``names_of`` has the names of an item, such as the id and the module of a case. Raises ConfigurationError for a name
    that selects nothing; ``kind`` (case, story, module) is for its message.
    """
    items = list(items)
    if not names:
        return items
    known = {name for item in items for name in names_of(item)}
    for name in names:
        if not any(fnmatchcase(each, name) for each in known):
            near = difflib.get_close_matches(name, known, _SHOWN, cutoff=0.5)
            listed = "modules here: " + (", ".join(sorted(known)) or "none") if kind == "module" else ""
            hint = f"did you mean {' or '.join(near)}?" if near else listed or "`modproof plan --list` shows all names"
            raise ConfigurationError(f"there is no {kind} '{name}'", hint=hint)
    return [item for item in items if any(fnmatchcase(each, name) for each in names_of(item) for name in names)]


def select_names(known: Sequence[str], names: Sequence[str], kind: str) -> list[str]:
    """The ``known`` names that ``names`` select. Raises as :func:`select`."""
    return select(known, names, lambda name: (name,), kind)
