"""The state: one store a service, account and region, kept in LocalStack's own bundles so that its visitors find it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from .records import Key, Record

__all__ = ["STORES", "Store", "lock_of", "store_of"]


class Store(BaseStore):
    """All resources of one service, account and region. Read and write it only under `lock_of`."""

    records: dict[str, dict[Key, Record]] = LocalAttribute(default=dict)
    arns: dict[str, tuple[str, Key]] = LocalAttribute(default=dict)
    moving: list[tuple[float, int, str, Key]] = LocalAttribute(default=list)
    counters: dict[str, int] = LocalAttribute(default=dict)

    def of(self, noun: str) -> dict[Key, Record]:
        """Return the resources of one kind, by key."""
        found = self.records.get(noun)
        if found is None:
            found = self.records[noun] = {}
        return found

    def add(self, record: Record) -> None:
        """Keep a new resource under its kind, key and ARN."""
        self.of(record.noun)[record.key] = record
        self.arns[record.arn] = (record.noun, record.key)

    def remove(self, record: Record) -> None:
        """Forget a resource; forgetting it twice is no fault."""
        self.of(record.noun).pop(record.key, None)
        self.arns.pop(record.arn, None)

    def by_arn(self, arn: str) -> Record | None:
        """Find a resource of any kind."""
        place = self.arns.get(arn)
        return self.of(place[0]).get(place[1]) if place else None

    def all(self) -> Iterator[Record]:
        """Every resource, in no promised order."""
        for of_kind in self.records.values():
            yield from of_kind.values()

    def forget(self) -> int:
        """Drop everything; return how many resources there were."""
        count = sum(1 for _ in self.all())
        self.records, self.arns, self.moving, self.counters = {}, {}, [], {}
        return count

    def next_number(self, counter: str) -> int:
        """Count up from 1."""
        number = self.counters.get(counter, 0) + 1
        self.counters[counter] = number
        return number


STORES: dict[str, AccountRegionBundle[Store]] = {
    "sagemaker": AccountRegionBundle("sagemaker", Store),
    "application-autoscaling": AccountRegionBundle("application-autoscaling", Store),
    "budgets": AccountRegionBundle("budgets", Store, validate=False),
}

# Locks live beside the stores, not in them: a lock cannot be pickled when LocalStack saves its state.
_locks: dict[tuple[str, str, str], threading.RLock] = defaultdict(threading.RLock)
_locks_guard = threading.Lock()


def store_of(service: str, account: str, region: str) -> Store:
    """Return the store of a service in an account and region, an empty one at first."""
    return STORES[service][account][region]


def lock_of(service: str, account: str, region: str) -> threading.RLock:
    """Return the lock that every access to this store holds."""
    with _locks_guard:
        return _locks[service, account, region]
