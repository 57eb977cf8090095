"""Ignore comments at module blocks, which hide findings of the called module.

A scanner that scans a whole repository evaluates a called module only through its callers. A finding of the module
alone is hidden there if a comment at every call hides it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import PurePosixPath

from modproof.compliance.findings import Located
from modproof.compliance.roots import ModuleBlock, Root
from modproof.core.results import Place
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.reader import Block

__all__ = ["Calls"]

Applies = Callable[[Block], bool]


class Calls:
    """The calls of local modules, and the rules that comments of one scanner hide at each."""

    def __init__(self, roots: Sequence[Root], blocks: BlockIndex, today: date) -> None:
        self._calls = {call.place: call for root in roots for call in root.calls}
        self._blocks = blocks
        self._today = today
        self._hidden: dict[Place, list[frozenset[str] | None]] = {}

    def add(self, path: str, applies: Applies, ids: frozenset[str] | None, until: date | None = None) -> None:
        """Record a comment in the file ``path`` that hides the rules ``ids``, or all if None, at matching blocks."""
        if until is None or self._today < until:
            for call in self._matching(path, applies):
                self._hidden.setdefault(call.place, []).append(ids)

    def hide(self, path: str, applies: Applies, one: Located) -> bool:
        """Whether a finding is that of a module alone, with matching blocks among its calls, which all hide it."""
        folder = PurePosixPath(one.file).parent.as_posix()
        if one.finding.place.path != one.file or all(call.folder != folder for call in self._matching(path, applies)):
            return False
        return all(self._hides(call, one.finding.rule) for call in self._calls.values() if call.folder == folder)

    def _matching(self, path: str, applies: Applies) -> list[ModuleBlock]:
        return [call for call in self._calls.values() if call.place.path == path and self._applies(call, applies)]

    def _applies(self, call: ModuleBlock, applies: Applies) -> bool:
        block = self._blocks.at(call.place.path, call.place.line or 1)
        return block is not None and applies(block)

    def _hides(self, call: ModuleBlock, rule: str) -> bool:
        return any(ids is None or rule in ids for ids in self._hidden.get(call.place, ()))
