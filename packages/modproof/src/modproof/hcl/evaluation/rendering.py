"""Renders string templates: evaluates their interpolations and directives."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tree_sitter import Node

from modproof.hcl.evaluation.values import shown
from modproof.hcl.expressions import For, for_parts, subexpressions
from modproof.hcl.types import UNKNOWN

__all__ = ["Bound", "Rendering"]

Bound = Mapping[str, Any]
"""The values of the names of ``for`` expressions."""


class Rendering:
    """The text of a template with ``parts``.

    ``value`` evaluates an expression, ``passes`` returns the names for each pass of a loop, or None.
    """

    def __init__(
        self,
        parts: Sequence[str | Node],
        value: Callable[[Node, Bound], Any],
        passes: Callable[[For, Bound], list[Bound] | None],
    ) -> None:
        self._parts = parts
        self._value = value
        self._passes = passes

    def text(self, bound: Bound) -> Any:
        """The text; UNKNOWN if any part of it is."""
        text = self._text(0, len(self._parts), bound)
        # like Terraform, which normalizes every string
        return text if text is UNKNOWN or text.isascii() else unicodedata.normalize("NFC", text)

    def _text(self, start: int, end: int, bound: Bound) -> Any:
        """The text of some parts; UNKNOWN if any of it is."""
        texts: list[Any] = []
        index = start
        while index < end:
            part = self._parts[index]
            if isinstance(part, str):
                texts.append(part)
            elif part.type == "template_interpolation":
                texts.append(self._interpolated(part, bound))
            else:
                closing = self._closing(index)
                texts.append(self._directive(part, index, closing, bound))
                index = closing
            index += 1
        return UNKNOWN if UNKNOWN in texts else "".join(texts)

    def _interpolated(self, part: Node, bound: Bound) -> Any:
        inner = subexpressions(part)
        return shown(self._value(inner[0], bound)) if inner else UNKNOWN

    def _closing(self, start: int) -> int:
        """The index of the end of the directive at ``start``."""
        directive = self._node(start).parent
        last = None if directive is None else directive.named_children[-1]
        return next(index for index in range(start, len(self._parts)) if self._parts[index] == last)

    def _node(self, index: int) -> Node:
        part = self._parts[index]
        assert not isinstance(part, str)
        return part

    def _directive(self, part: Node, start: int, end: int, bound: Bound) -> Any:
        if part.type == "template_for_start" and part.parent is not None:
            passes = self._passes(for_parts(part.parent), bound)
            if passes is None:
                return UNKNOWN
            texts = [self._text(start + 1, end, inside) for inside in passes]
            return UNKNOWN if UNKNOWN in texts else "".join(texts)
        decided = self._value(subexpressions(part)[0], bound)
        if not isinstance(decided, bool):
            return UNKNOWN
        middle = self._else(part, start, end)
        return self._text(start + 1, middle, bound) if decided else self._text(min(middle + 1, end), end, bound)

    def _else(self, part: Node, start: int, end: int) -> int:
        """The index of the ``%{ else }`` that belongs to ``part``, else of its end."""
        for index in range(start + 1, end):
            inner = self._parts[index]
            if not isinstance(inner, str) and inner.type == "template_else_intro" and inner.parent == part.parent:
                return index
        return end
