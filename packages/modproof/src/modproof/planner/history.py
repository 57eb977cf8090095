"""What each case of a checkout was last planned from, so that a run can say why it plans a case anew."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from modproof.cache import write_json

__all__ = ["History"]


class History:
    """Digests by case, in one file. Losing it costs an explanation and nothing else, so no fault of it is raised."""

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
        """Remember what the cases in ``parts`` were planned from."""
        entries = {**self.read(), **parts}
        with contextlib.suppress(OSError):
            write_json(self._path, entries)
