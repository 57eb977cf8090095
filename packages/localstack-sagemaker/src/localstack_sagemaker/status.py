"""Moves resources through their statuses as the account's clock advances."""

from __future__ import annotations

import heapq
from dataclasses import replace

from .call import Call
from .events import announce
from .network_interfaces import expire
from .records import DueStage, Failure, Record, Stage
from .table import Lifecycle

__all__ = ["apply_due_stages", "failing", "transition"]

_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type or after some time."
)


def transition(call: Call, record: Record, stages: tuple[Stage, ...]) -> None:
    """Replace the scheduled stages of a resource. The faults `fail`, `capacity` and `slow` apply here."""
    lifecycle = call.kinds[record.noun].lifecycle
    failed = _failed_status(call, lifecycle, stages) if lifecycle else ""
    if failed and lifecycle and stages:
        fault = call.fault(record, "fail", "capacity")
        if fault:
            reason = _CAPACITY if fault.effect == "capacity" else fault.reason
            changes = {lifecycle.reason: reason} if lifecycle.reason else {}
            last = 1 if stages[-1].status is None else -1
            stages = (*stages[:last], replace(stages[last], status=failed, changes=changes))
    slow = call.fault(record, "slow") if len(stages) > 1 else None
    due = call.clock.now() if call.at is None else call.at
    record.ahead.clear()
    for number, stage in enumerate(stages):
        extra = slow.seconds if slow and number else 0.0
        due += (stage.after + extra) * call.clock.scale
        record.ahead.append(DueStage(due, stage))
    if record.ahead and record.ahead[0].stage.after == 0:
        _apply(call, record, record.ahead.pop(0).stage)
    _schedule(call, record)


def failing(lifecycle: Lifecycle, failure: Failure) -> tuple[Stage, ...]:
    """The stages of a new resource that fails."""
    stages = lifecycle.create
    changes = {lifecycle.reason: failure.reason} if lifecycle.reason else {}
    return (*stages[: failure.after], replace(stages[failure.after], status=lifecycle.failed, changes=changes))


def _failed_status(call: Call, lifecycle: Lifecycle, stages: tuple[Stage, ...]) -> str:
    """The status of the resource if the running operation fails."""
    if stages and stages[-1].status is None:
        return lifecycle.delete_failed if call.operation.startswith("Delete") else ""
    by_verb = {"Update": lifecycle.update_failed, "Start": lifecycle.start_failed, "Stop": lifecycle.stop_failed}
    own = next((status for verb, status in by_verb.items() if call.operation.startswith(verb)), "")
    return own or lifecycle.failed


def apply_due_stages(call: Call) -> None:
    """Apply every stage of the store that is due by the account's clock, and delete network interfaces."""
    moving = call.store.moving
    if not moving and not call.store.leaving:
        return
    horizon = call.clock.horizon()
    while moving and moving[0][0] <= horizon:
        _, _, noun, key = heapq.heappop(moving)
        record = call.store.of(noun).get(key)
        if record is None:
            continue
        try:
            while record.ahead and record.ahead[0].due <= horizon:
                following = record.ahead.pop(0)
                call.at = following.due
                _apply(call, record, following.stage)
        finally:
            # also if another service does not answer: the stages after this one would never be due
            call.at = None
            _schedule(call, record)
    expire(call)


def _schedule(call: Call, record: Record) -> None:
    if record.ahead:
        order = call.store.next_number("moves")
        heapq.heappush(call.store.moving, (record.ahead[0].due, order, record.noun, record.key))


def _apply(call: Call, record: Record, stage: Stage) -> None:
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
    if kind.on_status:
        kind.on_status(call, record)
    announce(call, record)
    _tell_watcher(call, record)


def _tell_watcher(call: Call, record: Record) -> None:
    """Let the resource that waits for this one look at it, such as the execution of a pipeline at its job."""
    noun, key = record.private.get("watcher") or ("", ())
    watcher = call.store.of(noun).get(key) if noun else None
    look = call.kinds[noun].on_watched if noun else None
    if watcher and look:
        look(call, watcher, record)
