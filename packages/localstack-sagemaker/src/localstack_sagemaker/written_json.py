"""JSON that a client wrote into a string or a body."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["written_json"]

_DEEPEST = 100
"""levels; the emulator walks documents recursively, and at most some hundred calls can be nested"""


def written_json(text: str | bytes) -> Any:
    """Parse JSON. Raises ValueError for text that is not JSON, and for JSON with more than 100 levels."""
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("it has too many levels") from None
    level = [document]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return document
    raise ValueError(f"it has more than {_DEEPEST} levels")


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
