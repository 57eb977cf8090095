"""Counts of what a planner did, and their summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modproof.core.counts import plural

__all__ = ["Work", "summary"]

_ALONE_SECONDS = 5.0
"""A single plan on an idle machine with two cores, nearly all of it the provider's start (``bench plan``)."""


@dataclass(slots=True)
class Work:
    """Cases ``planned`` in ``groups`` runs over ``seconds`` of wall time, and cases from the cache (``cached``).

    ``project`` is the root folder of the cases' project.
    """

    planned: int = 0
    cached: int = 0
    groups: int = 0
    seconds: float = 0.0
    project: str = ""


def summary(parts: Sequence[Work]) -> str:
    """One line about all processes and projects of a run.

    A case that one process planned, the others read from the cache. Projects have different cases.
    """
    projects = [[work for work in parts if work.project == root] for root in dict.fromkeys(w.project for w in parts)]
    planned = sum(work.planned for work in parts)
    total = sum(max(work.planned + work.cached for work in of_project) for of_project in projects)
    seconds = sum(max(work.seconds for work in of_project) for of_project in projects)
    runs = sum(work.groups for work in parts)
    text = f"{plural(total, 'case')} in {seconds:.1f} s ({total / max(seconds, 0.001):.0f} cases a second)"
    done = f"{planned} planned in {plural(runs, 'run')}" if planned else "none planned"
    cached = f", {total - planned} from the cache" if total > planned else ""
    saved = total * _ALONE_SECONDS - seconds
    compared = f"; about {saved / 60:.1f} min less than one run per case" if saved > 0 else ""
    return f"{text}: {done}{cached}{compared}"
