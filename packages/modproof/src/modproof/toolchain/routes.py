"""What every route to a program has in common: it may be closed here, and then the next one is tried."""

from __future__ import annotations

__all__ = ["RouteClosed"]


class RouteClosed(Exception):
    """One way of getting a program is not open on this machine; the text says why."""
