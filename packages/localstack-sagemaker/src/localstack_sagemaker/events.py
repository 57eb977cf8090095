"""Sends state-change events to the account's default EventBridge bus, in the format of AWS's events.

Nothing is sent while the bus has no rule, so accounts that do not use events have no cost.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from .call import Call
from .others import client, others
from .records import Record
from .worker import submit

__all__ = ["announce"]


def announce(call: Call, record: Record) -> None:
    """Send an event with the resource's current state, in the background."""
    kind = call.kinds[record.noun]
    if kind.event is None:
        return
    detail = {**kind.attributes_of(record), "Tags": dict(record.tags)}
    if kind.event_detail:
        kind.event_detail(call, record, detail)
    text = json.dumps(detail, default=_plain)
    account, region, arn, type_ = call.account, call.region, record.arn, kind.event
    call.after(lambda: submit(lambda: _send(account, region, arn, type_, text)))


def _plain(value: Any) -> Any:
    """Write times as epoch milliseconds, as these events do."""
    return int(value.timestamp() * 1000) if isinstance(value, datetime.datetime) else str(value)


def _send(account: str, region: str, arn: str, type_: str, detail: str) -> None:
    if not others().has_event_rules(account, region):
        return
    events = client("events", account, region)
    events.put_events(Entries=[{"Source": "aws.sagemaker", "DetailType": type_, "Resources": [arn], "Detail": detail}])
