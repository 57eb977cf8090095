"""Where cases come from. A new source is a module here and an entry in SOURCES."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from modproof.cases.model import Case
from modproof.cases.sources import examples, readme, terragrunt
from modproof.core.progress import Progress
from modproof.core.project import Project

__all__ = ["SOURCES", "Source"]

Source = Callable[[Project, Sequence[str], Progress], Iterable[Case]]
"""Yields the cases of the given modules."""

SOURCES: Mapping[str, Source] = {
    "examples": examples.load,
    "readme": readme.load,
    "terragrunt": terragrunt.load,
}
"""The sources that ``documented`` in the settings can switch on. Files of cases are always read."""
