"""Edits single values in a YAML text and keeps every other character.

A YAML library would reformat the whole document. Here only the changed values are written, so comments, anchors, quotes
and line breaks are kept.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["REMOVE", "edit"]

Pointer = tuple[str | int, ...]
REMOVE = object()
"""As a value: remove the key or element."""
_WIDTH = 110


def edit(text: str, changes: Mapping[Pointer, Any]) -> str:
    """``text`` with the value at each pointer (keys and indices from the top) replaced, added or removed.

    A missing key is added at the end of its mapping. Removing the last key of a mapping removes the mapping. Raises
    KeyError when the parent of a pointer does not exist, and ValueError when a pointer leads through an alias.
    """
    for pointer, value in changes.items():
        text = _apply(text, pointer, value)
    return text


class _Loader(yaml.SafeLoader):
    """Composes every alias as a separate node, at the position of the alias."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        alias = self.peek_event() if self.check_event(yaml.AliasEvent) else None  # type: ignore[no-untyped-call]
        node: yaml.Node | None = super().compose_node(parent, index)
        if alias is None or node is None:
            return node
        return yaml.ScalarNode("alias", "", alias.start_mark, alias.end_mark)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value with its parent and key; ``key`` is None for an element of a list."""

    parent: yaml.CollectionNode
    position: int
    key: yaml.Node | None
    value: yaml.Node

    @property
    def start(self) -> int:
        return _begin(self.key or self.value)


def _begin(node: yaml.Node) -> int:
    return int(node.start_mark.index)


def _end(node: yaml.Node) -> int:
    """The end of the last value in ``node``: a block's own end mark is after the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _find(node: yaml.Node, pointer: Pointer) -> _Entry:
    entry: _Entry | None = None
    for part in pointer:
        if isinstance(node, yaml.ScalarNode) and node.tag == "alias":
            raise ValueError(f"{'.'.join(map(str, pointer))} is in an alias")
        if isinstance(node, yaml.MappingNode):
            position = next((n for n, (key, _) in enumerate(node.value) if key.value == str(part)), None)
            if position is None:
                raise KeyError(part)
            key, value = node.value[position]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            position, key, value = part, None, node.value[part]
        else:
            raise KeyError(part)
        entry = _Entry(node, position, key, value)
        node = value
    assert entry is not None  # pointers are not empty
    return entry


def _apply(text: str, pointer: Pointer, value: Any) -> str:
    root = yaml.compose(text, _Loader)
    assert root is not None
    if value is REMOVE:
        return _remove(text, root, pointer)
    try:
        entry = _find(root, pointer)
    except KeyError:
        return _add(text, _find(root, pointer[:-1]), str(pointer[-1]), value)
    start, end = _begin(entry.value), _end(entry.value)
    if isinstance(entry.value, yaml.CollectionNode) and not entry.value.flow_style and entry.key is not None:
        # a block starts on the line after its key, but the new value is on the line of the key
        start = int(entry.key.end_mark.index)
        return f"{text[:start]}: {_flow(value)}{text[end:]}"
    # a key without a value ends with its colon
    space = " " if start == end else ""
    return f"{text[:start]}{space}{_flow(value)}{text[end:]}"


def _remove(text: str, root: yaml.Node, pointer: Pointer) -> str:
    entry = _find(root, pointer)
    siblings = entry.parent.value
    if len(siblings) == 1:
        return _remove(text, root, pointer[:-1]) if len(pointer) > 1 else text
    if entry.parent.flow_style:
        if entry.position + 1 < len(siblings):
            following = siblings[entry.position + 1]
            return text[: entry.start] + text[_begin(following[0] if isinstance(following, tuple) else following) :]
        before = siblings[entry.position - 1]
        return text[: _end(before[1] if isinstance(before, tuple) else before)] + text[_end(entry.value) :]
    line_start = text.rfind("\n", 0, entry.start) + 1
    line_end = text.find("\n", _end(entry.value))
    return text[:line_start] + (text[line_end + 1 :] if line_end >= 0 else "")


def _add(text: str, entry: _Entry, key: str, value: Any) -> str:
    """Add ``key: value`` at the end of the mapping in ``entry``."""
    mapping = entry.value
    if isinstance(mapping, yaml.MappingNode) and mapping.value and not mapping.flow_style:
        column = int(mapping.value[0][0].start_mark.column)
        end = text.find("\n", _end(mapping))
        head, tail = (text[:end], text[end:]) if end >= 0 else (text, "\n")
        added = _block({key: value}) if isinstance(value, Mapping | list) else _flow({key: value})[1:-1]
        return f"{head}\n{textwrap.indent(added, ' ' * column).rstrip()}{tail}"
    if isinstance(mapping, yaml.MappingNode) and mapping.flow_style:
        end = _end(mapping) - 1
        added = _flow({key: value})[1:-1]
        return f"{text[:end].rstrip()}{', ' if mapping.value else ''}{added}{text[end:]}"
    raise ValueError(f"'{key}' cannot be added to an alias or a value that is not a mapping")


def _flow(value: Any) -> str:
    """``value`` on one line."""
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return dumped.strip().removesuffix("\n...").strip()


def _block(value: Any) -> str:
    """``value``, a mapping of collections, on several lines; its innermost parts are on one line."""
    dumped: str = yaml.safe_dump(value, default_flow_style=None, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return dumped
