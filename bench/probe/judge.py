"""Turn observations of each resource into table cells: true, false or null, the last two with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.probe.fixtures import type_of
from bench.probe.life import NO_IMPORT, Lived, Seen
from bench.probe.limits import Limits
from bench.probe.page import COLUMNS, Row
from modproof.stories.changes import unexpected_drift
from modproof.stories.drift import Drift
from modproof.terraform.changes import Change

__all__ = ["drifted", "merged", "rows", "stale"]

_TAGS = ("tags", "tags_all")
_LOST_FROM = {"create": 0, "empty_plan": 1, "update": 2, "import": 3}
"""The first column without a result after a dependency was removed, by step."""


@dataclass(frozen=True, slots=True)
class _Cell:
    value: bool | None
    reason: str = ""


_GREEN = _Cell(True)


def rows(lived: Lived, limits: Limits) -> dict[str, Row]:
    """Return one row per resource type of ``lived``."""
    by_type: dict[str, list[Seen]] = {}
    for address, seen in lived.seen.items():
        by_type.setdefault(type_of(address), []).append(seen)
    return {kind: _row(kind, seen, limits) for kind, seen in sorted(by_type.items())}


def _row(kind: str, seen: Sequence[Seen], limits: Limits) -> Row:
    cells = {
        "create": _worst(_create(one) for one in seen),
        "empty_plan": _worst(_empty_plan(one) for one in seen),
        "update": _update(kind, seen, limits),
        "import": _worst(_import(one) for one in seen),
        "tags": _tags(seen),
        "destroy": _destroy(kind, seen, limits),
    }
    reasons = {name: cell.reason for name, cell in cells.items() if cell.value is not True}
    notes = [f"on import, {path} is ignored: {why}" for path, why in limits.unread.get(kind, {}).items()]
    return Row.model_validate({**{name: cells[name].value for name in COLUMNS}, "reasons": reasons, "notes": notes})


def _worst(cells: Iterable[_Cell]) -> _Cell:
    """Return the worst cell: false before null before true."""
    return min(cells, key=lambda cell: (cell.value is not False, cell.value is not None))


def _not_reached(seen: Seen, column: str) -> _Cell | None:
    """Return the cell of a resource that was removed before this column."""
    for step, failed in seen.lost.items():
        if _LOST_FROM[step] <= COLUMNS.index(column) and (step != "import" or column == "import"):
            return _Cell(False, f"not reached: {failed} failed at {step}")
    for step in ("create", "empty_plan", "update"):
        if step in seen.errors and _LOST_FROM[step] <= COLUMNS.index(column):
            return _Cell(False, seen.errors[step] if step == column else f"not reached: {step} failed")
    return None


def _create(seen: Seen) -> _Cell:
    return _not_reached(seen, "create") or (_GREEN if seen.created else _Cell(False, "it is not in the state"))


def _shown(found: Sequence[Change]) -> str:
    """Format changes without values, which differ between runs: the table must be reproducible."""
    return "; ".join(f"{change.action} of {', '.join(change.attributes) or 'all attributes'}" for change in found)


def _empty_plan(seen: Seen) -> _Cell:
    return _not_reached(seen, "empty_plan") or (_Cell(False, _shown(seen.drift)) if seen.drift else _GREEN)


def _changed(seen: Seen, *, tags: bool) -> bool:
    """Return whether the planned in-place update changes tags, or, with ``tags=False``, anything else."""
    if seen.update is None or seen.update.action != "update":
        return False
    return any((path.partition(".")[0] in _TAGS) is tags for path in seen.update.attributes)


def _update(kind: str, all_seen: Sequence[Seen], limits: Limits) -> _Cell:
    for seen in all_seen:
        if out := _not_reached(seen, "update"):
            return out
        if seen.update is not None and seen.update.action != "update":
            return _Cell(False, f"planned {_shown([seen.update])}")
        if seen.drift_after_update:
            return _Cell(False, f"the next plan is not empty: {_shown(seen.drift_after_update)}")
    if any(_changed(seen, tags=False) for seen in all_seen):
        return _GREEN
    why = limits.no_update.get(kind)
    return _Cell(None, why) if why else _Cell(False, "only tags were updated in place, and limits.yaml has no reason")


def _import(seen: Seen) -> _Cell:
    if NO_IMPORT in seen.errors.get("import", ""):
        return _Cell(None, "the provider cannot import it")
    if out := _not_reached(seen, "import"):
        return out
    if "import" in seen.errors:
        return _Cell(False, seen.errors["import"])
    if seen.on_import:
        return _Cell(False, f"the plan after the import is not empty: {_shown(seen.on_import)}")
    return _GREEN if seen.imported else _Cell(False, "the plan did not import it")


def _tags(all_seen: Sequence[Seen]) -> _Cell:
    if all(seen.created and not seen.tagged for seen in all_seen):
        return _Cell(None, "the provider's resource has no tags")
    for seen in all_seen:
        if out := _not_reached(seen, "update"):
            return out
        drift = [change for change in (*seen.drift, *seen.drift_after_update) if _touches_tags(change)]
        if drift:
            return _Cell(False, f"the next plan is not empty: {_shown(drift)}")
    if any(_changed(seen, tags=True) for seen in all_seen):
        return _GREEN
    return _Cell(False, "no tag was updated in place")


def _touches_tags(change: Change) -> bool:
    return any(path.partition(".")[0] in _TAGS for path in change.attributes)


def _destroy(kind: str, all_seen: Sequence[Seen], limits: Limits) -> _Cell:
    for seen in all_seen:
        if "destroy" in seen.errors:
            return _Cell(False, seen.errors["destroy"])
        if out := _not_reached(seen, "destroy"):
            return out
    remains = any(seen.remains for seen in all_seen)
    why = limits.no_destroy.get(kind)
    if remains:
        return _Cell(None, why) if why else _Cell(False, "it still exists after the destroy")
    return _GREEN


def drifted(lived: Lived, listed: Sequence[Drift]) -> list[str]:
    """Return the differences between a root's drift and the project's drift list, in both directions."""
    planned = [change for seen in lived.seen.values() for change in (*seen.drift, *seen.drift_after_update)]
    unlisted, needed = unexpected_drift(listed, planned)
    found = [f"{lived.fixture.name}: {change}; it is not on the drift list" for change in unlisted]
    found += [
        f"{entry.place}: {entry.name}: no plan of {lived.fixture.name} changes {entry.resource}; delete it"
        for entry in listed
        if entry not in needed and entry.resource in lived.fixture.types
    ]
    return found


def stale(lived: Iterable[Lived], limits: Limits) -> list[str]:
    """Return the outdated lines of limits.yaml, each with the observation."""
    seen: dict[str, list[Seen]] = {}
    for life in lived:
        for address, one in life.seen.items():
            seen.setdefault(type_of(address), []).append(one)
    found = [
        f"no_update: {kind}: the plan changed more than tags, in place"
        for kind in limits.no_update
        if any(_changed(one, tags=False) for one in seen.get(kind, ()))
    ]
    found += [
        f"no_destroy: {kind}: it was deleted by the destroy"
        for kind in limits.no_destroy
        if kind in seen and not any(one.remains for one in seen[kind])
    ]
    for kind, paths in limits.unread.items():
        read = {path for one in seen.get(kind, ()) for path in one.read}
        found += [f"unread: {kind}: {path} was read on import" for path in paths if path in read]
    return found


def merged(runs: Mapping[str, Mapping[str, Row]]) -> dict[str, Row]:
    """Merge the tables of several runs, by the name of the run; the worst cell wins.

    A reason that does not apply to all runs names those to which it applies.
    """
    kinds = sorted({kind for table in runs.values() for kind in table})
    return {kind: _merged({name: table[kind] for name, table in runs.items() if kind in table}) for kind in kinds}


def _merged(found: Mapping[str, Row]) -> Row:
    first = next(iter(found.values()))
    values: dict[str, bool | None] = {}
    reasons: dict[str, str] = {}
    for column in COLUMNS:
        cells = {name: _Cell(row.cell(column), row.reasons.get(column, "")) for name, row in found.items()}
        worst = _worst(cells.values())
        values[column] = worst.value
        if worst.value is not True:
            worst_in = [name for name, cell in cells.items() if cell == worst]
            only = "" if len(worst_in) == len(cells) else f"with {' and '.join(worst_in)}: "
            reasons[column] = only + worst.reason
    return Row.model_validate({**values, "reasons": reasons, "notes": first.notes})
