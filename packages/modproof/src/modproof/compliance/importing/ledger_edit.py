"""Adds entries to the text of a ledger and keeps every other character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from modproof.cases.yaml_edit import edit
from modproof.compliance.ledger import Entry
from modproof.core.documents import dump
from modproof.core.errors import ConfigurationError

__all__ = ["with_entries"]

_WIDTH = 110
_EMPTY = re.compile(r"^ignores:[ \t]*\[\s*\](?P<comment>[ \t]+#.*)?$", re.MULTILINE)


def with_entries(text: str, entries: Sequence[Entry], path: str) -> str:
    """``text`` with ``entries`` at the end of ``ignores``.

    Raises ConfigurationError if its form does not allow that. ``path`` is the ledger's path for messages.
    """
    if not entries:
        return text
    added = [_as_data(entry) for entry in entries]
    data = yaml.safe_load(text) or {}
    try:
        new = _added(text, data, added)
        wanted = {**data, "ignores": [*(data.get("ignores") or []), *added]}
        if yaml.safe_load(new) != wanted:
            raise ValueError("another value would change")
    except (KeyError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"no entries can be added: {error}", path=path, hint="write `ignores` as a list with one entry per `-`"
        ) from error
    return new


def _added(text: str, data: dict[str, Any], added: list[dict[str, Any]]) -> str:
    present = data.get("ignores")
    if present:
        return edit(text, {("ignores", len(present) + number): entry for number, entry in enumerate(added)})
    lines = dump(added, flow=None, width=_WIDTH)
    if not data:
        return text.rstrip("\n") + ("\n" if text.strip() else "") + f"ignores:\n{lines}"
    if "ignores" not in data:
        return edit(text, {("ignores",): added})
    return _EMPTY.sub(lambda found: f"ignores:{found['comment'] or ''}\n{lines.rstrip()}", text, count=1)


def _as_data(entry: Entry) -> dict[str, Any]:
    scope = [{key: value for key, value in each.model_dump().items() if value} for each in entry.scope]
    return {**entry.model_dump(), "scope": scope}
