"""One API call in progress: whose it is, what it asks, and the moves it may make on the store."""

from __future__ import annotations

import datetime
import heapq
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.model import OperationModel

from . import errors
from .clock import Clock
from .events import announce
from .faults import Fault, faults
from .models import Store
from .records import DueStage, Key, Record, Stage
from .table import Kind, Lifecycle

__all__ = ["Call", "settle"]

_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type or after some time."
)


@dataclass(slots=True)
class Call:
    """What a handler gets. It holds the store's lock for as long as the handler runs."""

    service: str
    account: str
    region: str
    partition: str
    store: Store
    clock: Clock
    kinds: Mapping[str, Kind]
    model: OperationModel | None = None
    request: dict[str, Any] = field(default_factory=dict)
    later: list[Callable[[], None]] = field(default_factory=list)
    """work for when the lock is free again: calls to other services"""

    @property
    def operation(self) -> str:
        """The operation's name; empty while the clock and not a client is at work."""
        return self.model.name if self.model else ""

    def now(self) -> datetime.datetime:
        """The account's time."""
        return self.clock.datetime()

    def arn(self, path: str) -> str:
        """Build an ARN of the running service in the caller's account and region."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{path}"

    def random_id(self, length: int = 12) -> str:
        """Letters and digits in lower case, as AWS appends them to identifiers."""
        return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))

    def arn_of(self, kind: Kind, attributes: Mapping[str, Any]) -> str:
        """Build the ARN of a resource; SageMaker writes names in ARNs in lower case."""
        path = kind.arn.format_map(attributes)
        return self.arn(path if kind.arn_keeps_case else path.lower())

    def key_of(self, kind: Kind, request: Mapping[str, Any] | None = None) -> Key:
        """Read from a request which resource is meant."""
        source = self.request if request is None else request
        if kind.find_key:
            return kind.find_key(self, source)
        return tuple(str(source[member]) for member in kind.key)

    def find(self, noun: str, key: Key | str) -> Record | None:
        """Return a resource of the caller's account and region, or None."""
        return self.store.of(noun).get((key,) if isinstance(key, str) else key)

    def get(self, kind: Kind, key: Key | None = None) -> Record:
        """Return a resource, or raise AWS's answer for one that is not there."""
        wanted = self.key_of(kind) if key is None else key
        record = self.store.of(kind.noun).get(wanted)
        if record is None:
            raise self.missing(kind, wanted)
        return record

    def missing(self, kind: Kind, key: Key) -> Exception:
        """AWS's answer for a resource that is not there."""
        return errors.failure(kind.messages.missing_code, self._worded(kind, kind.messages.missing, key))

    def taken(self, kind: Kind, key: Key) -> Exception:
        """AWS's answer for a name that is in use already."""
        return errors.failure(kind.messages.taken_code, self._worded(kind, kind.messages.taken, key))

    def _worded(self, kind: Kind, message: str, key: Key) -> str:
        parts: dict[str, Any] = dict.fromkeys(kind.key, "")
        parts |= dict(zip(kind.key[-len(key) :], key, strict=False))
        try:
            arn = self.arn_of(kind, parts)
        except KeyError:
            arn = key[-1]
        return message.format(arn=arn, name=key[-1], noun=kind.noun, operation=self.operation)

    def fault(self, record: Record, *effects: str) -> Fault | None:
        """Take the fault, if one was asked for, that strikes this resource in this call."""
        return faults.take(effects, self.operation, record.name, self.account, self.region)

    def travel(self, record: Record, stages: tuple[Stage, ...]) -> None:
        """Send a resource through statuses; what it still had before it is dropped. Faults strike here."""
        kind = self.kinds[record.noun]
        lifecycle = kind.lifecycle
        failed = self._failed_status(lifecycle) if lifecycle else ""
        if failed and lifecycle and stages and stages[-1].status is not None:
            broken = self.fault(record, "fail", "capacity")
            if broken:
                reason = _CAPACITY if broken.effect == "capacity" else broken.reason
                changes = {lifecycle.reason: reason} if lifecycle.reason else {}
                stages = (*stages[:-1], replace(stages[-1], status=failed, changes=changes))
        slow = self.fault(record, "slow") if len(stages) > 1 else None
        due = self.clock.now()
        record.ahead.clear()
        for number, stage in enumerate(stages):
            extra = slow.seconds if slow and number else 0.0
            due += (stage.after + extra) * self.clock.scale
            record.ahead.append(DueStage(due, stage))
        if record.ahead and record.ahead[0].stage.after == 0:
            _arrive(self, record, record.ahead.pop(0).stage)
        if record.ahead:
            order = self.store.next_number("moves")
            heapq.heappush(self.store.moving, (record.ahead[0].due, order, record.noun, record.key))

    def _failed_status(self, lifecycle: Lifecycle) -> str:
        """Where the running operation ends if it fails."""
        if lifecycle.update_failed and self.operation.startswith("Update"):
            return lifecycle.update_failed
        return lifecycle.failed

    def after(self, work: Callable[[], None]) -> None:
        """Do something once the lock is free: anything that calls another service."""
        self.later.append(work)


def settle(call: Call) -> None:
    """Bring every resource of the store to the status that its time has come for."""
    moving, horizon = call.store.moving, call.clock.horizon()
    while moving and moving[0][0] <= horizon:
        _, _, noun, key = heapq.heappop(moving)
        record = call.store.of(noun).get(key)
        if record is None:
            continue
        while record.ahead and record.ahead[0].due <= horizon:
            _arrive(call, record, record.ahead.pop(0).stage)
        if record.ahead:
            order = call.store.next_number("moves")
            heapq.heappush(moving, (record.ahead[0].due, order, noun, key))


def _arrive(call: Call, record: Record, stage: Stage) -> None:
    """Put a resource into a status."""
    kind = call.kinds[record.noun]
    if stage.status is None:
        call.store.remove(record)
    elif kind.lifecycle:
        record.attributes[kind.lifecycle.member] = stage.status
    for member, value in stage.changes.items():
        if value is None:
            record.attributes.pop(member, None)
        else:
            record.attributes[member] = value
    record.modified = call.now()
    if kind.settled:
        kind.settled(call, record)
    announce(call, record)
