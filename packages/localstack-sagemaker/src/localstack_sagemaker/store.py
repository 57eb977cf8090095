"""The account store: one per service, account and region, in bundles that the host may replace with its own."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from .records import Key, Record

__all__ = ["STORES", "Bundle", "Store", "StoreLock", "keep_in", "lock_of", "readable", "store_of"]


class Store:
    """All resources of one service, account and region. Hold `lock_of` to read or write it."""

    def __init__(self) -> None:
        self.records: dict[str, dict[Key, Record]] = {}
        self.arns: dict[str, tuple[str, Key]] = {}
        self.moving: list[tuple[float, int, str, Key]] = []
        self.leaving: list[tuple[float, str]] = []
        """due time and ID of each network interface that its owner has released"""
        self.retained: list[str] = []
        """IDs of network interfaces and security groups that nothing deletes after their owner"""
        self.counters: dict[str, int] = {}
        self.tokens: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any], str]] = {}
        """operation and client token → parameters, response, and the ARN in it"""

    def of(self, noun: str) -> dict[Key, Record]:
        """Return the resources of one kind, by key."""
        found = self.records.get(noun)
        if found is None:
            found = self.records[noun] = {}
        return found

    def add(self, record: Record) -> None:
        """Store a new resource under its kind, key and ARN."""
        self.of(record.noun)[record.key] = record
        self.arns[record.arn] = (record.noun, record.key)

    def remove(self, record: Record) -> None:
        """Remove a resource; a missing one is ignored."""
        self.of(record.noun).pop(record.key, None)
        self.arns.pop(record.arn, None)

    def by_arn(self, arn: str) -> Record | None:
        """Return a resource of any kind, or None."""
        found = self.arns.get(arn)
        return self.of(found[0]).get(found[1]) if found else None

    def all(self) -> Iterator[Record]:
        """Every resource, in no particular order."""
        for of_kind in self.records.values():
            yield from of_kind.values()

    def clear(self) -> int:
        """Remove everything; return the number of resources removed."""
        count = sum(1 for _ in self.all())
        self.records, self.arns, self.counters, self.tokens = {}, {}, {}, {}
        self.moving, self.leaving, self.retained = [], [], []
        return count

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter that starts at 1."""
        number = self.counters.get(counter, 0) + 1
        self.counters[counter] = number
        return number


Bundle = dict[str, dict[str, Store]]
"""account → region → store; a missing one is created"""


def _bundle(service: str) -> Bundle:
    return defaultdict(lambda: defaultdict(Store))


STORES: dict[str, Bundle] = {
    service: _bundle(service) for service in ("sagemaker", "application-autoscaling", "budgets")
}


def keep_in(bundle: Callable[[str], Bundle]) -> None:
    """Keep the stores of each service in a bundle of the host. What is stored so far is lost."""
    STORES.update({service: bundle(service) for service in STORES})


class StoreLock:
    """The lock of a store. One writer at a time; readers wait for it, unless it waits for another service.

    As a context manager, it is the writer's.
    """

    def __init__(self) -> None:
        self._writing = threading.RLock()
        self._state = threading.RLock()
        self._writes = 0
        """how often the thread that may write has acquired the lock"""
        self._away = False
        """whether the writer waits for another service, and has released the state"""
        self._changed = threading.Condition()
        self._waiting = 0
        """readers that wait until the writer is done or away"""

    def __enter__(self) -> bool:
        self._writing.acquire()
        self._writes += 1
        self._state.acquire()
        _held().append(self)
        return True

    def __exit__(self, *_: object) -> None:
        _held().remove(self)
        self._state.release()
        self._end_write()

    @contextlib.contextmanager
    def reading(self) -> Iterator[bool]:
        """Hold the lock for a read. False if a writer is not done, so that only the writer may change the store."""
        while True:
            self._state.acquire()
            alone = self._writing.acquire(blocking=False)
            if alone or self._away:
                break
            # a writer that does not wait for another service is done soon, and the read must see what it did
            self._state.release()
            self._wait_for_writer()
        if alone:
            self._writes += 1
            _held().append(self)
        try:
            yield alone
        finally:
            if alone:
                _held().remove(self)
                self._end_write()
            self._state.release()

    def _wait_for_writer(self) -> None:
        with self._changed:
            self._waiting += 1
            while self._writes and not self._away:
                self._changed.wait()
            self._waiting -= 1

    def _end_write(self) -> None:
        self._writes -= 1
        self._writing.release()
        self._wake_readers()

    def _wake_readers(self) -> None:
        # a reader counts itself before it looks at the writer, so this count cannot miss one
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def leave(self) -> None:
        """Let readers in."""
        self._away = True
        self._state.release()
        self._wake_readers()

    def come_back(self) -> None:
        """Wait until no reader is in."""
        self._state.acquire()
        self._away = False


_thread = threading.local()


def _held() -> list[StoreLock]:
    """The locks that this thread holds, each as often as it has acquired it."""
    found: list[StoreLock] | None = getattr(_thread, "held", None)
    if found is None:
        found = _thread.held = []
    return found


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """Let other threads read the stores that this thread has locked, while it waits for another service."""
    locks = list(_held())
    for lock in locks:
        lock.leave()
    try:
        yield
    finally:
        for lock in locks:
            lock.come_back()


# Locks are not part of a store: the host may pickle stores, and a lock cannot be pickled.
_locks: dict[tuple[str, str, str], StoreLock] = defaultdict(StoreLock)
_locks_guard = threading.Lock()


def store_of(service: str, account: str, region: str) -> Store:
    """Return the store of a service in an account and region."""
    bundle = STORES[service]
    # LocalStack's bundles are dictionaries that check account and region at every access
    regions = bundle.get(account)
    found = regions.get(region) if regions is not None else None
    return bundle[account][region] if found is None else found


def lock_of(service: str, account: str, region: str) -> StoreLock:
    """Return the lock to hold while using this store."""
    key = (service, account, region)
    found = _locks.get(key)
    if found is None:
        with _locks_guard:
            found = _locks[key]
    return found
