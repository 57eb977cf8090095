"""Counts as text."""

from __future__ import annotations

__all__ = ["plural"]


def plural(count: int, one: str, many: str = "") -> str:
    """``1 story``, ``2 stories``, ``1,200 cases``: ``many`` is ``one`` with an s by default."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
