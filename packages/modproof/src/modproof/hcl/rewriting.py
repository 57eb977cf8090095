"""Replaces parts of a text, and remembers where each line comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Edit", "rewritten"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes from ``start`` to ``end`` by ``text``."""

    start: int
    end: int
    text: str


def rewritten(source: bytes, edits: Iterable[Edit]) -> tuple[bytes, list[int]]:
    """``source`` with ``edits``, which must not overlap, and for each line of the result its line in ``source``.

    Lines count from 1; the first element is the origin of line 1.
    """
    pieces: list[bytes] = []
    origins = [1]
    position = 0
    line = 1
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        kept = source[position : edit.start]
        pieces += [kept, edit.text.encode()]
        for _ in range(kept.count(b"\n")):
            line += 1
            origins.append(line)
        origins += [line] * edit.text.count("\n")
        line += source.count(b"\n", edit.start, edit.end)
        position = edit.end
    rest = source[position:]
    for _ in range(rest.count(b"\n")):
        line += 1
        origins.append(line)
    return b"".join([*pieces, rest]), origins
