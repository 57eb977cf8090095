"""Compares the changes of a plan with those that a story declares, and with the emulator's known drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modproof.stories.drift import Drift
from modproof.terraform.addresses import Address
from modproof.terraform.changes import Action, Change

__all__ = ["undeclared", "unexpected_drift"]


def undeclared(declared: Mapping[str, Action], planned: Sequence[Change]) -> list[tuple[str, str | None]]:
    """Every difference between ``declared`` and ``planned`` changes: a message, and the declared address if any.

    Outputs may change freely: they depend on the resources.
    """
    by_address = {change.address: change for change in planned if not change.address.startswith("output.")}
    faults: list[tuple[str, str | None]] = []
    for address, action in declared.items():
        change = by_address.pop(address, None)
        if change is None:
            faults.append((f"{address}: declared {action}, but the plan does not change it", address))
        elif not _matches(action, change.action):
            what = str(change).removeprefix(f"{address}: ")
            faults.append((f"{address}: declared {action}, planned {what}", address))
    faults += [(f"{change}; not declared", None) for change in by_address.values()]
    return faults


def _matches(declared: Action, planned: str) -> bool:
    if declared == "replace":
        return planned in ("create-before-destroy", "destroy-before-create")
    return declared == planned


def unexpected_drift(known: Sequence[Drift], planned: Sequence[Change]) -> tuple[list[Change], list[Drift]]:
    """The changes that no entry of ``known`` drift covers, and the entries that were used."""
    uncovered: list[Change] = []
    used: list[Drift] = []
    for change in planned:
        address = Address.parse(change.address)
        of_type = [entry for entry in known if address.mode == "managed" and entry.resource == address.type]
        covering = [entry for entry in of_type if change.touches(entry.attributes)]
        names = [name for entry in covering for name in entry.attributes]
        if change.action == "update" and covering and change.is_within(names):
            used += covering
        else:
            uncovered.append(change)
    return uncovered, list(dict.fromkeys(used))
