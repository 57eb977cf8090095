"""The inputs that each case of a checkout was last planned with, to explain why a run plans it again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from modproof.core.cache import write_json

__all__ = ["History"]


class History:
    """Digests by case, in one file. It only serves explanations, so its errors are ignored."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, dict[str, str]]:
        """The parts of each case's last fingerprint, by case id."""
        try:
            entries = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def record(self, parts: Mapping[str, Mapping[str, str]]) -> None:
        """Record the inputs of the cases in ``parts``."""
        entries = {**self.read(), **parts}
        with contextlib.suppress(OSError):
            write_json(self._path, entries)
