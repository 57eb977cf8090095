"""Tells whether a plan holds a value that somebody marked as sensitive: such a plan is kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modproof.planner.judge import planned_outputs, planned_values

__all__ = ["sensitive_values"]


def sensitive_values(plan: Mapping[str, Any]) -> list[str]:
    """Where ``plan`` has values that are known and marked as sensitive: variables, resources and outputs."""
    declared = plan["configuration"]["root_module"].get("variables", {})
    found = [
        f"var.{name}"
        for name, given in plan["variables"].items()
        if declared.get(name, {}).get("sensitive") and given.get("value") is not None
    ]
    found += [name for name, value in planned_values(plan).items() if _marked(value.value, value.sensitive)]
    found += [
        f"output {name}" for name, value in planned_outputs(plan).items() if _marked(value.value, value.sensitive)
    ]
    return found


def _marked(value: Any, mark: Any) -> bool:
    """Whether a part of ``value`` that is not empty is marked."""
    if mark is True:
        return value not in (None, "", [], {})
    if isinstance(mark, Mapping) and isinstance(value, Mapping):
        return any(_marked(value.get(key), inner) for key, inner in mark.items())
    if isinstance(mark, list) and isinstance(value, list):
        return any(_marked(element, inner) for element, inner in zip(value, mark, strict=False))
    return False
