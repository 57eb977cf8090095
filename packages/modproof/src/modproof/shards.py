"""Splits a run over machines by the digests of ids: a test stays in its shard when others come and go.

So each machine's cache keeps fitting what the machine runs. Within a shard the cases are planned together, as ever.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from modproof.errors import ConfigurationError

__all__ = ["Shard"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``index``, from 1, of ``count``."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``2/3`` as the second of three. Raises ConfigurationError for anything else."""
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ConfigurationError(
                f"'{text}' is no shard", hint="write INDEX/COUNT, such as 1/3, 2/3 and 3/3 for three machines"
            )
        return cls(int(match[1]), int(match[2]))

    def pick(self, items: Sequence[T], key: Callable[[T], str]) -> list[T]:
        """Those of ``items`` that belong to this shard, in their order; ``key`` gives the id that decides it."""
        return [item for item in items if _number(key(item)) % self.count == self.index - 1]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
