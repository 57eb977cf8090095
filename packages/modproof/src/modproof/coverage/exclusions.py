"""Excludes items from coverage, with a reason: ``coverage.yaml`` next to a module's cases.

.. code-block:: yaml

    exclude:
      - item: "for_each var.buckets in aws_s3_bucket.this"
        state: none
        reason: a validation rejects an empty map

``item`` is the name that ``modproof coverage`` shows. ``state`` limits the exclusion to one state; without it, all
missing states are excluded. An exclusion of an unknown or covered item is an error: it could hide a gap later.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from modproof.core.documents import InvalidDocument, Strict, read, validate
from modproof.core.project import Project
from modproof.core.results import CoverageItem, Place, Problem

__all__ = ["FILE_NAME", "apply_exclusions"]

FILE_NAME = "coverage.yaml"


class _Exclusion(Strict):
    item: str = Field(min_length=1)
    state: str | None = None
    reason: str = Field(min_length=1)


class _Top(Strict):
    exclude: list[_Exclusion] = Field(min_length=1)


def apply_exclusions(
    items: Sequence[CoverageItem], path: Path, project: Project
) -> tuple[tuple[CoverageItem, ...], tuple[Problem, ...]]:
    """``items`` with the reasons in the file at ``path``, if it exists, and the file's problems.

    Raises ConfigurationError when the file is invalid.
    """
    if not path.exists():
        return tuple(items), ()
    document = read(path, project.relative(path))
    top = validate(document, (), _Top)
    if isinstance(top, list):
        raise InvalidDocument(top)
    by_name = {item.name: item for item in items}
    problems: list[Problem] = []
    for index, exclusion in enumerate(top.exclude):
        place = document.place("exclude", index)
        found = by_name.get(exclusion.item)
        if found is None:
            near = difflib.get_close_matches(exclusion.item, by_name, 1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else "delete it"
            problems.append(Problem(f"the module has no '{exclusion.item}'", place, hint))
            continue
        excluded = [gap for gap in found.missing if exclusion.state in (None, gap.state)]
        if not excluded:
            problems.append(_needless(found, exclusion, place))
            continue
        gaps = tuple(replace(gap, reason=exclusion.reason) if gap in excluded else gap for gap in found.gaps)
        by_name[found.name] = replace(found, gaps=gaps)
    return tuple(by_name[item.name] for item in items), tuple(problems)


def _needless(found: CoverageItem, exclusion: _Exclusion, place: Place) -> Problem:
    state = "" if exclusion.state is None else f" in the state '{exclusion.state}'"
    open_states = ", ".join(gap.state for gap in found.gaps)
    if open_states and exclusion.state not in [gap.state for gap in found.gaps]:
        return Problem(f"'{found.name}' has no gap{state}; its gaps: {open_states}", place, "correct the state")
    return Problem(f"the exclusion of '{found.name}'{state} excludes nothing", place, "delete it")
