"""A bounded mapping of what expires, for state that no call deletes."""

from __future__ import annotations

import math
import threading
import time
from typing import Generic, TypeVar

__all__ = ["Remembered"]

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by key, at most `most`: beyond that, expired ones are forgotten, and then the oldest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._values: dict[str, tuple[float, T]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def put(self, key: str, value: T, seconds: float = math.inf) -> None:
        """Remember a value for some seconds."""
        with self._guard:
            self._values.pop(key, None)
            self._values[key] = (time.monotonic() + seconds, value)
            if len(self._values) > self._most:
                now = time.monotonic()
                self._values = {key: one for key, one in self._values.items() if one[0] > now}
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]

    def get(self, key: str) -> T | None:
        """The value, or None if there is none or it has expired."""
        found = self._values.get(key)
        if found is None or found[0] > time.monotonic():
            return found[1] if found else None
        self.forget(key)
        return None

    def forget(self, key: str) -> None:
        """Forget a value; a missing one is ignored."""
        with self._guard:
            self._values.pop(key, None)
