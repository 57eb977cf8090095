"""Edits single values in a YAML text and keeps every other character.

A YAML library would reformat the whole document. Here only the changed values are written, so comments, anchors, quotes
and line breaks are kept. The result is read again: an edit with any other effect is an error.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from modproof.core.documents import dump

__all__ = ["REMOVE", "Pointer", "edit"]

Pointer = tuple[str | int, ...]
REMOVE = object()
"""As a value: remove the key or element."""
_WIDTH = 110
_BLOCK_SCALAR = re.compile(r"(?P<header>[|>][-+0-9]*)(?P<comment>[ \t]+#[^\r\n]*)?")
_COLON = re.compile(r"[ \t]*:")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_OF_ELEMENT = re.compile(r"[ \t]*-[ \t]+")


def edit(text: str, changes: Mapping[Pointer, Any]) -> str:
    """``text`` with the value at each pointer (keys and indices from the top) replaced, added or removed.

    A missing key is added at the end of its mapping, and the index after the last one at the end of its list. Removing
    the last key of a mapping removes the mapping. Raises KeyError when the parent of a pointer does not exist, and
    ValueError when a value cannot be changed without changing something else, such as one in an alias or with an
    anchor.
    """
    try:
        expected = _tree(yaml.load(text, yaml.SafeLoader)) if changes else None
        edited = text
        for pointer, value in changes.items():
            edited = _Text(edited).apply(pointer, value)
            _apply(expected, pointer, value)
        found = _tree(yaml.load(edited, yaml.SafeLoader)) if changes else None
    except yaml.YAMLError as error:
        raise ValueError(f"it would not be valid YAML: {error}") from error
    if not _same(expected, found):
        raise ValueError("the edit would change another value, too")
    return edited


def _tree(data: Any) -> Any:
    """A copy of ``data`` in which aliases are separate values."""
    if isinstance(data, dict):
        return {key: _tree(value) for key, value in data.items()}
    return [_tree(value) for value in data] if isinstance(data, list) else data


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def _apply(data: Any, pointer: Pointer, value: Any) -> None:
    """The edit on parsed data. Raises KeyError when the parent does not exist."""
    holders = [data]
    try:
        for part in pointer[:-1]:
            holders.append(holders[-1][part])
        if value is not REMOVE:
            if isinstance(holders[-1], list) and pointer[-1] == len(holders[-1]):
                holders[-1].append(value)
            else:
                holders[-1][pointer[-1]] = value
            return
        while len(holders) > 1 and len(holders[-1]) == 1:
            holders.pop()
        del holders[-1][pointer[len(holders) - 1]]
    except (IndexError, TypeError) as error:
        raise KeyError(pointer[-1]) from error


class _Loader(yaml.SafeLoader):
    """Composes every alias as a separate node, at the position of the alias."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        alias = self.peek_event() if self.check_event(yaml.AliasEvent) else None  # type: ignore[no-untyped-call]
        node: yaml.Node | None = super().compose_node(parent, index)
        if alias is None or node is None:
            return node
        return yaml.ScalarNode("alias", "", alias.start_mark, alias.end_mark)


def _begin(node: yaml.Node) -> int:
    return int(node.start_mark.index)


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

    @property
    def next_start(self) -> int:
        """The start of the following sibling, which must exist."""
        following = self.parent.value[self.position + 1]
        return _begin(following[0] if isinstance(following, tuple) else following)


class _Text:
    """One text with its nodes. Every edit returns a new text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root = yaml.compose(text, _Loader)
        self._break = "\r\n" if "\r\n" in text else "\n"

    def apply(self, pointer: Pointer, value: Any) -> str:
        if value is REMOVE:
            return self._remove(pointer)
        try:
            entry = self._find(pointer)
        except KeyError:
            return self._add(pointer, value)
        return self._replace(entry, value)

    def _find(self, pointer: Pointer) -> _Entry:
        node, entry = self._root, None
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
        if entry is None:
            raise ValueError("the whole document cannot be changed")
        return entry

    def _end(self, node: yaml.Node) -> int:
        """The end of the last value in ``node``, before the line break.

        The end mark of a block is after the comments that follow it, and that of a block scalar after empty lines.
        """
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end = int(node.end_mark.index)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            header = _BLOCK_SCALAR.search(self._text, _begin(node), end)
            kept = header is not None and "+" in header["header"]
            content = self._text[_begin(node) : end]
            end -= len(content) - len(re.sub(r"\r?\n\Z" if kept else r"(\r?\n)+\Z", "", content))
        return end

    def _line_start(self, index: int) -> int:
        start = self._text.rfind("\n", 0, index) + 1
        return start + 1 if start == 0 and self._text.startswith("\ufeff") else start

    def _line_end(self, index: int) -> int:
        """The start of the line after ``index``."""
        end = self._text.find("\n", index)
        return len(self._text) if end < 0 else end + 1

    def _without(self, start: int, end: int) -> str:
        return self._text[:start] + self._text[end:]

    def _replace(self, entry: _Entry, value: Any) -> str:
        text, start, end = self._text, _begin(entry.value), self._end(entry.value)
        new = _flow(value) if entry.parent.flow_style else _line(value)
        if entry.key is not None and isinstance(entry.value, yaml.CollectionNode) and not entry.value.flow_style:
            return self._replace_block(entry.key, start, end, new)
        if isinstance(entry.value, yaml.ScalarNode) and entry.value.style in ("|", ">"):
            header = _BLOCK_SCALAR.search(text, start, end)
            new += (header["comment"] or "") if header else ""
        # a key without a value ends with its colon
        before = " " if start == end else ""
        after = " " if start == end and text[end : end + 1] not in ("", " ", "\t", "\r", "\n", ",", "}", "]") else ""
        return f"{text[:start]}{before}{new}{after}{text[end:]}"

    def _replace_block(self, key: yaml.Node, start: int, end: int, new: str) -> str:
        """Write ``new`` on the line of ``key``, and remove the lines of the block from ``start`` to ``end``."""
        colon = _COLON.match(self._text, int(key.end_mark.index))
        first = self._line_start(start)
        if colon is None or first <= colon.end():
            raise ValueError("the block starts on the line of its key, with an anchor or a tag")
        last = self._line_end(end)
        between = self._text[colon.end() : first]
        if last == len(self._text) and not self._text.endswith("\n"):
            between = re.sub(r"\r?\n\Z", "", between)
        return f"{self._text[: colon.end()]} {new}{between}{self._text[last:]}"

    def _remove(self, pointer: Pointer) -> str:
        entry = self._find(pointer)
        siblings = entry.parent.value
        if len(siblings) == 1:
            if len(pointer) == 1:
                raise ValueError("the document would be empty")
            return self._remove(pointer[:-1])
        end = self._end(entry.value)
        if entry.parent.flow_style:
            return self._remove_from_line(entry, end)
        first = self._line_start(entry.start)
        prefix = self._text[first : entry.start]
        if not prefix.strip() or (entry.key is None and _OF_ELEMENT.fullmatch(prefix)):
            return self._without(first, self._line_end(end))
        if entry.position == 0 and entry.key is not None and "#" not in self._text[end : entry.next_start]:
            return self._without(entry.start, entry.next_start)  # the first key of an element of a list
        raise ValueError(f"{pointer[-1]} shares its line with another value")

    def _remove_from_line(self, entry: _Entry, end: int) -> str:
        """Remove a part of a flow mapping or list with its comma."""
        siblings = entry.parent.value
        if entry.position + 1 < len(siblings):
            comma = _COMMA.match(self._text, end)
            between = self._text[end : entry.next_start]
            if comma is None:
                raise ValueError("the comma is on another line")
            return self._without(entry.start, comma.end() if "#" in between else entry.next_start)
        before = siblings[entry.position - 1]
        previous = self._end(before[1] if isinstance(before, tuple) else before)
        commented = "#" in self._text[previous : entry.start]
        return self._without(entry.start if commented else previous, end)

    def _add(self, pointer: Pointer, value: Any) -> str:
        """Add the last of ``pointer`` at the end of its mapping or list."""
        key = str(pointer[-1])
        mapping = self._find(pointer[:-1]).value if len(pointer) > 1 else self._root
        if isinstance(mapping, yaml.SequenceNode) and pointer[-1] == len(mapping.value) and mapping.value:
            return self._append(mapping, value)
        if not isinstance(mapping, yaml.MappingNode):
            raise ValueError(f"'{key}' cannot be added to an alias or a value that is not a mapping")
        if mapping.flow_style:
            at = self._end(mapping.value[-1][1]) if mapping.value else int(mapping.end_mark.index) - 1
            return f"{self._text[:at]}{', ' if mapping.value else ''}{_flow({key: value})[1:-1]}{self._text[at:]}"
        column = int(mapping.value[0][0].start_mark.column)
        added = _block({key: value}) if isinstance(value, Mapping | list) else f"{_line(key)}: {_line(value)}"
        return self._after(mapping, textwrap.indent(added, " " * column))

    def _append(self, sequence: yaml.SequenceNode, value: Any) -> str:
        if sequence.flow_style:
            at = self._end(sequence.value[-1])
            return f"{self._text[:at]}, {_flow(value)}{self._text[at:]}"
        added = _block([value]) if isinstance(value, Mapping | list) else f"- {_line(value)}"
        return self._after(sequence, textwrap.indent(added, " " * int(sequence.start_mark.column)))

    def _after(self, collection: yaml.CollectionNode, added: str) -> str:
        """Write the lines ``added`` after the last value of a block."""
        added = added.rstrip().replace("\n", self._break)
        at = self._line_end(self._end(collection))
        if self._text[:at].endswith("\n"):
            return f"{self._text[:at]}{added}{self._break}{self._text[at:]}"
        return f"{self._text}{self._break}{added}"


def _line(value: Any) -> str:
    """``value`` on one line."""
    return dump(value, flow=True, width=10**6).strip().removesuffix("\n...").strip()


def _flow(value: Any) -> str:
    """``value`` on one line, as a part of a flow mapping or list."""
    return _line([value])[1:-1]


def _block(value: Any) -> str:
    """``value``, a mapping of collections, on several lines; its innermost parts are on one line."""
    return dump(value, flow=None, width=_WIDTH)
