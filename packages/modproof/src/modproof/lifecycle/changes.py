"""What a plan would do, resource by resource, and whether that is what a story says it does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modproof.drift import Drift
from modproof.stories import Action

__all__ = ["Change", "changes", "judge_changes", "judge_drift", "resource_type"]

_SHOWN = 60
_MISSING = object()
_ACTIONS: dict[tuple[str, ...], Action] = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("create", "delete"): "create-before-destroy",
    ("delete", "create"): "destroy-before-create",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a plan touches.

    ``attributes`` maps the path of each value that changes to how (``1 → 2``); empty for a create or a delete,
    and of a replacement only what forces it: everything else follows.
    """

    address: str
    action: str
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        details = "; ".join(f"{path}: {how}" for path, how in self.attributes.items())
        return f"{self.address}: {self.action} ({details})" if details else f"{self.address}: {self.action}"


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """The managed resources and outputs that a plan, as Terraform's JSON, would change.

    Source: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
    """
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


def _change(address: str, actions: tuple[str, ...], change: Mapping[str, Any]) -> Change:
    action = _ACTIONS.get(actions, "+".join(actions))
    attributes: dict[str, str] = {}
    if change.get("before") is not None and (change.get("after") is not None or change.get("after_unknown")):
        hidden = (change.get("before_sensitive", False), change.get("after_sensitive", False))
        attributes = dict(
            _compare(change.get("before"), change.get("after"), change.get("after_unknown", False), hidden, "")
        )
    forcing = tuple(_path(parts) for parts in change.get("replace_paths", ()))
    if forcing:
        attributes = {path: how for path, how in attributes.items() if _is_within(path, forcing)}
    return Change(address, action, attributes)


def _is_within(path: str, names: Sequence[str]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in names)


def _path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _inner(value: Any, key: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, _MISSING)
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else _MISSING
    return _MISSING


def _mark(value: Any, key: str | int) -> Any:
    """The part of a mask (``after_unknown``, ``after_sensitive``) below ``key``."""
    inner = _inner(value, key)
    return value is True if inner is _MISSING else inner


def _compare(before: Any, after: Any, unknown: Any, hidden: tuple[Any, Any], path: str) -> Iterator[tuple[str, str]]:
    if hidden[0] is True or hidden[1] is True:
        if unknown is True or before != after:
            yield path or "value", "sensitive values differ"
    elif unknown is True:
        yield path or "value", f"{_show(before)} → known after apply"
    elif isinstance(before, Mapping) and isinstance(after, Mapping | None) and (after or unknown):
        for key in sorted({*before, *(after or {}), *(unknown if isinstance(unknown, Mapping) else ())}):
            yield from _below(before, after or {}, unknown, hidden, path, key)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _below(before, after, unknown, hidden, path, index)
    elif before != after:
        yield path or "value", f"{_show(before)} → {_show(after)}"


def _below(
    before: Any, after: Any, unknown: Any, hidden: tuple[Any, Any], path: str, key: str | int
) -> Iterator[tuple[str, str]]:
    inner = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else key
    masks = (_mark(hidden[0], key), _mark(hidden[1], key))
    old, new = _inner(before, key), _inner(after, key)
    # null and not there are one to Terraform
    yield from _compare(
        None if old is _MISSING else old, None if new is _MISSING else new, _mark(unknown, key), masks, inner
    )


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def judge_changes(declared: Mapping[str, Action], planned: Sequence[Change]) -> list[tuple[str, str | None]]:
    """Every way in which a plan is not what was declared, as a message and the declared address or None.

    Outputs may change as they like: they follow the resources.
    """
    by_address = {change.address: change for change in planned if not change.address.startswith("output.")}
    faults: list[tuple[str, str | None]] = []
    for address, action in declared.items():
        change = by_address.pop(address, None)
        if change is None:
            faults.append((f"{address}: declared {action}, but the plan leaves it as it is", address))
        elif not _matches(action, change.action):
            what = str(change).removeprefix(f"{address}: ")
            faults.append((f"{address}: declared {action}, planned {what}", address))
    faults += [(f"{change}; not declared", None) for change in by_address.values()]
    return faults


def _matches(declared: Action, planned: str) -> bool:
    if declared == "replace":
        return planned in ("create-before-destroy", "destroy-before-create")
    return declared == planned


def judge_drift(allowed: Sequence[Drift], planned: Sequence[Change]) -> tuple[list[Change], list[Drift]]:
    """The changes that no entry of ``allowed`` covers, and the entries that were needed."""
    uncovered: list[Change] = []
    needed: list[Drift] = []
    for change in planned:
        of_type = [entry for entry in allowed if entry.resource == resource_type(change.address)]
        covering = [entry for entry in of_type if any(_is_within(path, entry.attributes) for path in change.attributes)]
        names = [name for entry in covering for name in entry.attributes]
        if change.action == "update" and covering and all(_is_within(path, names) for path in change.attributes):
            needed += covering
        else:
            uncovered.append(change)
    return uncovered, list(dict.fromkeys(needed))


def resource_type(address: str) -> str:
    """``aws_x`` of ``module.a["b.c"].aws_x.this[0]``; empty for a data source."""
    depth, quoted, part, parts = 0, False, "", []
    for char in address.strip():
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "[]":
            depth += 1 if char == "[" else -1
        elif not quoted and depth == 0:
            if char == ".":
                parts.append(part)
                part = ""
            else:
                part += char
    parts.append(part)
    while parts[:1] == ["module"]:
        parts = parts[2:]
    return "" if parts[:1] == ["data"] else parts[0]
