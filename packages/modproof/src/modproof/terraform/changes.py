"""The changes in a plan, by resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from modproof.terraform.values import MISSING, PlannedValue

__all__ = ["Action", "Change", "changes"]

Action = Literal["create", "update", "delete", "replace", "create-before-destroy", "destroy-before-create"]
"""What a plan does to a resource; ``replace`` means either order."""

_SHOWN_CHARACTERS = 60
_ACTIONS: dict[tuple[str, ...], Action] = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("create", "delete"): "create-before-destroy",
    ("delete", "create"): "destroy-before-create",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A resource or output that a plan changes.

    ``attributes`` maps the path of each changed value to a description (``1 → 2``). It is empty for a create or a
    delete; for a replacement it has only the attributes that force it.
    """

    address: str
    action: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        details = "; ".join(f"{path}: {how}" for path, how in self.attributes.items())
        return f"{self.address}: {self.action} ({details})" if details else f"{self.address}: {self.action}"

    def is_within(self, paths: Sequence[str]) -> bool:
        """Whether every changed attribute is one of ``paths`` or below one."""
        return all(_is_within(path, paths) for path in self.attributes)

    def touches(self, paths: Sequence[str]) -> bool:
        """Whether any changed attribute is one of ``paths`` or below one."""
        return any(_is_within(path, paths) for path in self.attributes)


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """The managed resources and outputs that ``plan`` (Terraform's JSON) changes."""
    found = []
    for resource in plan.get("resource_changes", ()):
        change = resource["change"]
        actions = tuple(change["actions"])
        if resource.get("mode") != "data" and actions != ("no-op",):
            found.append(_change(resource["address"], actions, change))
    for name, change in plan.get("output_changes", {}).items():
        if tuple(change["actions"]) != ("no-op",):
            found.append(_change(f"output.{name}", tuple(change["actions"]), change))
    return found


def _path_text(parts: Sequence[str | int]) -> str:
    """Keys and indices as a path: ``tags.Name``, ``rule[0].id``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _change(address: str, actions: tuple[str, ...], change: Mapping[str, Any]) -> Change:
    action = _ACTIONS.get(actions, "+".join(actions))
    attributes: dict[str, str] = {}
    if change.get("before") is not None and (change.get("after") is not None or change.get("after_unknown")):
        before = PlannedValue(change["before"], False, change.get("before_sensitive", False))
        unknown, sensitive = change.get("after_unknown", False), change.get("after_sensitive", False)
        attributes = {_path_text(path) or "value": how for path, how in _compare(
            before, PlannedValue(change.get("after"), unknown, sensitive), ()
        )}  # fmt: skip
    forcing = tuple(_path_text(parts) for parts in change.get("replace_paths", ()))
    if forcing:
        attributes = {path: how for path, how in attributes.items() if _is_within(path, forcing)}
    return Change(address, action, attributes)


def _is_within(path: str, names: Sequence[str]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in names)


Path = tuple[str | int, ...]


def _compare(before: PlannedValue, after: PlannedValue, path: Path) -> Iterator[tuple[Path, str]]:
    old, new = _null(before.value), _null(after.value)
    if before.sensitive is True or after.sensitive is True:
        if after.is_unknown or old != new:
            yield path, "sensitive values differ"
    elif after.is_unknown:
        yield path, f"{_show(old)} → known after apply"
    elif isinstance(old, Mapping) and isinstance(new, Mapping | None) and (new or after.unknown):
        filled = after if new else after.holding({})
        for key in sorted({*old, *filled.keys}):
            yield from _compare(before.at(key), filled.at(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _compare(before.at(index), after.at(index), (*path, index))
    elif old != new:
        yield path, f"{_show(old)} → {_show(new)}"


def _null(value: Any) -> Any:
    """To Terraform, null and missing are the same."""
    return None if value is MISSING else value


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
