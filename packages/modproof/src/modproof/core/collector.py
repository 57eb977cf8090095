"""Pauses Python's garbage collector while many objects are made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["paused"]


class _Pauses:
    """The contexts of all threads: the collector belongs to the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._enabled = False

    def begin(self) -> None:
        with self._lock:
            if self._count == 0:
                self._enabled = gc.isenabled()
                gc.disable()
            self._count += 1

    def end(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._enabled:
                gc.enable()


_pauses = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """Make no collections until the context ends, and those that other threads entered meanwhile.

    For large JSON: its objects have no cycles, and each collection would visit all of them.
    """
    _pauses.begin()
    try:
        yield
    finally:
        _pauses.end()
