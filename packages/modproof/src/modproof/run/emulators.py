"""The emulators of a run: one, and another one while stories need the same accounts at the same time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from modproof.core.errors import ModproofError

if TYPE_CHECKING:
    from modproof.emulator import Emulator

__all__ = ["Emulators"]


class Emulators:
    """Emulators that ``start`` starts, which run until ``stack`` is closed."""

    def __init__(self, start: Callable[[], AbstractContextManager[Emulator]], stack: contextlib.ExitStack) -> None:
        self._start = start
        self._stack = stack
        self._started: list[tuple[Emulator, set[str]]] = []
        self._failure: ModproofError | None = None
        self._lock = threading.RLock()

    def first(self) -> Emulator:
        """The emulator of everything that needs no particular account. Raises EmulatorError if it does not start."""
        with self._lock:
            return self._first()[0]

    @contextlib.contextmanager
    def with_accounts(self, accounts: Iterable[str]) -> Iterator[Emulator]:
        """An emulator in which no other context uses these accounts. Raises EmulatorError if it does not start.

        An emulator of the user is the only one, whatever uses the accounts.
        """
        wanted = set(accounts)
        with self._lock:
            emulator, used = self._first()
            if emulator.ours:
                free = (one for one in self._started if not one[1] & wanted)
                emulator, used = next(free, None) or self._another()
            used |= wanted
        try:
            yield emulator
        finally:
            with self._lock:
                used -= wanted

    def _first(self) -> tuple[Emulator, set[str]]:
        if self._failure:
            raise self._failure
        return self._started[0] if self._started else self._another()

    def _another(self) -> tuple[Emulator, set[str]]:
        try:
            self._started.append((self._stack.enter_context(self._start()), set()))
        except ModproofError as error:
            if not self._started:
                # each story would wait for the same time limit
                self._failure = error
            raise
        return self._started[-1]
