"""Which permissions a deployer of each module needs in addition, and which no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modproof.core.results import PermissionChange

__all__ = ["changed_permissions"]


def changed_permissions(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[PermissionChange, ...]:
    """The changed actions of each module of two files of permissions, to plan and to apply.

    A module that one of them does not have needs no actions there.
    """
    found = []
    for module in sorted(before["modules"].keys() | after["modules"].keys()):
        for phase in ("plan", "apply"):
            old, new = (_actions(content["modules"].get(module, {}).get(phase, ())) for content in (before, after))
            if old != new:
                found.append(PermissionChange(module, phase, tuple(sorted(new - old)), tuple(sorted(old - new))))
    return tuple(found)


def _actions(statements: Any) -> set[str]:
    return {str(action) for statement in statements for action in statement["Action"]}
