"""Which permissions a deployer of each module needs in addition, and which no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modproof.core.results import PermissionChange

__all__ = ["Actions", "changed_permissions"]


Actions = Mapping[str, Mapping[str, Sequence[str]]]
"""Actions by module and phase."""


def changed_permissions(before: Actions, after: Actions) -> tuple[PermissionChange, ...]:
    """The changed actions of each module, to plan and to apply.

    A module that one of both does not have needs no actions there.
    """
    found = []
    for module in sorted(before.keys() | after.keys()):
        for phase in ("plan", "apply"):
            old, new = (set(actions.get(module, {}).get(phase, ())) for actions in (before, after))
            if old != new:
                found.append(PermissionChange(module, phase, tuple(sorted(new - old)), tuple(sorted(old - new))))
    return tuple(found)
