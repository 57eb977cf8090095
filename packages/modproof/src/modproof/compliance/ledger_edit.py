"""Adds entries to the text of a ledger, removes entries and scopes, and keeps every other character."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from modproof.cases.yaml_edit import REMOVE, Pointer, edit
from modproof.compliance.ledger import Entry, Ledger, Retired
from modproof.core.documents import dump
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project

__all__ = ["add", "remove", "with_entries"]

_WIDTH = 110
_COMMENT = re.compile(r"[ \t]*#")
_BLANK_LINES = re.compile(r"(\r?\n)(?:[ \t]*\r?\n){2,}")
_BLANK_END = re.compile(r"(\r?\n)\s+\Z")


def add(project: Project, ledger: Ledger, entries: Sequence[Entry]) -> None:
    """Add ``entries`` at the end of ``ignores`` of the project's ledger, which is created if it does not exist.

    Raises ConfigurationError if its form does not allow that.
    """
    if entries:
        _write(project, with_entries(_read(project), entries, ledger.path))


def remove(project: Project, ledger: Ledger, unused: Mapping[int, Sequence[int]], retired: Sequence[Retired]) -> None:
    """Remove the scopes ``unused``, by index of the entry, and entries without another scope; add ``retired`` ones.

    Comments directly above a removed entry are removed too. Raises ConfigurationError if its form does not allow that.
    """
    text = _read(project)
    gone = [index for index, scopes in unused.items() if len(scopes) == len(ledger.entries[index].scope)]
    try:
        new = edit(_without_comments(text, ledger, gone), _removals(ledger, unused, gone))
        new = _collapsed(_added(new, "no_longer_needed", [_as_data(each) for each in retired]))
    except (KeyError, ValueError, yaml.YAMLError) as error:
        hint = "write each entry and scope on separate lines, or remove it by hand"
        raise ConfigurationError(f"entries cannot be removed: {error}", path=ledger.path, hint=hint) from error
    _write(project, new)


def with_entries(text: str, entries: Sequence[Entry], path: str) -> str:
    """``text`` with ``entries`` at the end of ``ignores``.

    Raises ConfigurationError if its form does not allow that. ``path`` is the ledger's path for messages.
    """
    try:
        return _added(text, "ignores", [_as_data(entry) for entry in entries])
    except (KeyError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"no entries can be added: {error}", path=path, hint="write `ignores` as a list with one entry per `-`"
        ) from error


def _added(text: str, part: str, added: list[dict[str, Any]]) -> str:
    if not added:
        return text
    data = yaml.safe_load(text) or {}
    new = _appended(text, data, part, added)
    if yaml.safe_load(new) != {**data, part: [*(data.get(part) or []), *added]}:
        raise ValueError("another value would change")
    return new


def _appended(text: str, data: dict[str, Any], part: str, added: list[dict[str, Any]]) -> str:
    present = data.get(part)
    if present:
        return edit(text, {(part, len(present) + number): entry for number, entry in enumerate(added)})
    lines = dump(added, flow=None, width=_WIDTH)
    if not data:
        return text.rstrip("\n") + ("\n" if text.strip() else "") + f"{part}:\n{lines}"
    if part not in data:
        return edit(text, {(part,): added})
    empty = re.compile(rf"^{part}:[ \t]*\[\s*\](?P<comment>[ \t]+#.*)?$", re.MULTILINE)
    return empty.sub(lambda found: f"{part}:{found['comment'] or ''}\n{lines.rstrip()}", text, count=1)


def _removals(ledger: Ledger, unused: Mapping[int, Sequence[int]], gone: Sequence[int]) -> dict[Pointer, Any]:
    """The edits, from the last part to the first, so that the indices of earlier parts are kept."""
    if len(gone) == len(ledger.entries):
        return {("ignores",): []}
    edits: dict[Pointer, Any] = {}
    for index in sorted(unused, reverse=True):
        if index in gone:
            edits["ignores", index] = REMOVE
        else:
            edits |= {("ignores", index, "scope", number): REMOVE for number in sorted(unused[index], reverse=True)}
    return edits


def _without_comments(text: str, ledger: Ledger, gone: Sequence[int]) -> str:
    """``text`` without the comments directly above the entries ``gone``."""
    lines = text.splitlines(keepends=True)
    dropped: set[int] = set()
    for index in gone:
        above = (ledger.place("ignores", index).line or 1) - 2
        while above >= 0 and _COMMENT.match(lines[above]):
            dropped.add(above)
            above -= 1
    return _if_equal("".join(line for number, line in enumerate(lines) if number not in dropped), text)


def _collapsed(text: str) -> str:
    """``text`` with single blank lines where a removal left several, and none at the end, unless a value has them."""
    text = _if_equal(_BLANK_END.sub(r"\1", text), text)
    return _if_equal(_BLANK_LINES.sub(r"\1\1", text), text)


def _if_equal(new: str, text: str) -> str:
    """``new`` if it has the same values as ``text``, which is returned otherwise."""
    return new if yaml.safe_load(new) == yaml.safe_load(text) else text


def _as_data(entry: Entry | Retired) -> dict[str, Any]:
    data = entry.model_dump(exclude_none=True)
    if isinstance(entry, Entry):
        data["scope"] = [{key: value for key, value in each.model_dump().items() if value} for each in entry.scope]
    return data


def _read(project: Project) -> str:
    try:
        with project.ledger.open(encoding="utf-8", newline="") as source:
            return source.read()
    except FileNotFoundError:
        return ""


def _write(project: Project, text: str) -> None:
    project.ledger.parent.mkdir(parents=True, exist_ok=True)
    with project.ledger.open("w", encoding="utf-8", newline="") as sink:
        sink.write(text)
