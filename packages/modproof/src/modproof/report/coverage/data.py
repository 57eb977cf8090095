"""Coverage as JSON, for programs.

Schema 1: ``percent``, ``outcome``, ``kinds`` and ``modules``, a list sorted by name. Each module has
``module``, ``percent``, ``gate`` (or null), ``outcome``, ``kinds``, ``missing``, ``excluded``, ``problems`` and
``notes``. ``kinds`` maps ``variables``, ``validations``, ``resources``, ``conditionals`` and ``outputs`` to
``{covered, total, excluded, percent}``; ``covered`` and ``total`` do not count excluded items. A gap is
``{kind, item, state, path, line, missing}``, with a ``reason`` if it is excluded. Percentages are rounded down to a
tenth, so that only full coverage is 100.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from modproof import __version__
from modproof.core.results import (
    COVERAGE_KINDS,
    CoverageItem,
    CoverageResult,
    Gap,
    ModuleCoverage,
    Problem,
    percent_covered,
)
from modproof.report.scrub import scrub

__all__ = ["as_json", "count"]

SCHEMA = 1


def as_json(result: CoverageResult) -> str:
    """``result`` as JSON text in schema 1."""
    result = scrub(result)
    document = {
        "schema": SCHEMA,
        "modproof": __version__,
        "outcome": result.outcome.value,
        "percent": percent_covered(result.items),
        "kinds": _kinds(result.items),
        "modules": [_module(module) for module in result.modules],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def count(items: Sequence[CoverageItem], kind: str) -> tuple[int, int, int]:
    """The numbers of covered, counted and excluded items of one kind."""
    of_kind = [item for item in items if item.kind == kind]
    excluded = sum(item.excluded for item in of_kind)
    return sum(item.covered for item in of_kind), len(of_kind) - excluded, excluded


def _kinds(items: Sequence[CoverageItem]) -> dict[str, Any]:
    counted = {kind: count(items, kind) for kind in COVERAGE_KINDS}
    return {
        kind: {
            "covered": covered,
            "total": total,
            "excluded": excluded,
            "percent": percent_covered([item for item in items if item.kind == kind]),
        }
        for kind, (covered, total, excluded) in counted.items()
    }


def _module(module: ModuleCoverage) -> dict[str, Any]:
    gaps = [(item, gap) for item in module.items for gap in item.gaps]
    return {
        "module": module.module,
        "percent": module.percent,
        "gate": module.gate,
        "outcome": module.outcome.value,
        "kinds": _kinds(module.items),
        "missing": [_gap(item, gap) for item, gap in gaps if not gap.reason],
        "excluded": [_gap(item, gap) | {"reason": gap.reason} for item, gap in gaps if gap.reason],
        "problems": [_problem(problem) for problem in module.problems],
        "notes": [_problem(note) for note in module.notes],
    }


def _gap(item: CoverageItem, gap: Gap) -> dict[str, Any]:
    place = item.place
    return {
        "kind": item.kind,
        "item": item.name,
        "state": gap.state,
        "path": place.path,
        "line": place.line,
        "missing": gap.missing,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "message": problem.message,
        "path": place.path if place else None,
        "line": place.line if place else None,
        "hint": problem.hint,
    }
