"""Collects the AWS calls that Terraform makes in a story, by folder and phase."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

from modproof.core.results import RecordedCall
from modproof.emulator import Emulator
from modproof.stories.callers import Callers

__all__ = ["CallRecord"]


class CallRecord:
    """The calls that ``emulator`` records, none unless ``enabled``. An example has the folder ``""``."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.enabled = False
        self.callers: Callers | None = None
        """What made the calls of an example, if that is recorded."""
        self._calls: dict[str, dict[str, list[RecordedCall]]] = defaultdict(lambda: defaultdict(list))

    @contextlib.contextmanager
    def of(self, phase: str, account: str, folder: str = "", callers: Callers | None = None) -> Iterator[None]:
        """Add the calls in ``account`` during the context to those of ``phase``: plan, apply or destroy.

        ``callers`` are what made them, if that is recorded; by default those of the example.
        """
        callers = callers or self.callers
        if not self.enabled:
            yield
            return
        begin = self._emulator.recorded_bytes
        yield
        made = self._emulator.terraform_calls(account, begin, callers.by_invocation() if callers else {})
        self._calls[folder][phase] += callers.located(made) if callers else made

    def found(self) -> dict[str, Mapping[str, tuple[RecordedCall, ...]]]:
        """All calls so far, by folder and phase."""
        return {folder: {phase: tuple(calls) for phase, calls in of.items()} for folder, of in self._calls.items()}
