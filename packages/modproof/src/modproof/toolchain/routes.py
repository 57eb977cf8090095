"""The error that every way to install a program can raise."""

from __future__ import annotations

__all__ = ["RouteUnavailable"]


class RouteUnavailable(Exception):
    """One way to install a program does not work on this machine; the next one is tried. The message is the reason."""
