"""State-change events on the account's default EventBridge bus, in the shape of AWS's.

Nothing is sent while the bus has no rule, so that accounts which do not listen pay nothing.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING, Any

from .worker import submit

if TYPE_CHECKING:
    from .call import Call
    from .records import Record

__all__ = ["announce"]

_UPPER_STATUS = {"Endpoint": "EndpointStatus"}


def announce(call: Call, record: Record) -> None:
    """Send the event for what a resource is now; the caller holds the store's lock, the sending waits."""
    kind = call.kinds[record.noun]
    if kind.event is None:
        return
    detail = {
        **record.attributes,
        kind.created_member: record.created,
        kind.modified_member: record.modified,
        "Tags": dict(record.tags),
    }
    status = _UPPER_STATUS.get(record.noun)
    if status and detail.get(status):
        # endpoint events write IN_SERVICE where the API writes InService
        detail[status] = re.sub(r"(?<!^)(?=[A-Z])", "_", detail[status]).upper()
    if record.noun == "Endpoint" and record.private.get("deployed"):
        from .deployments import summaries

        detail["ProductionVariants"] = summaries(record.private["deployed"]["variants"])
    text = json.dumps(detail, default=_plain)
    account, region, arn, type_ = call.account, call.region, record.arn, kind.event
    call.after(lambda: submit(lambda: _send(account, region, arn, type_, text)))


def _plain(value: Any) -> Any:
    """Times are written as epoch milliseconds in these events."""
    return int(value.timestamp() * 1000) if isinstance(value, datetime.datetime) else str(value)


def _somebody_listens(account: str, region: str) -> bool:
    from localstack.services.events.models import events_stores

    buses = events_stores[account][region].event_buses
    return any(bus.rules for bus in list(buses.values()))


def _send(account: str, region: str, arn: str, type_: str, detail: str) -> None:
    if not _somebody_listens(account, region):
        return
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=account, region_name=region).events
    client.put_events(Entries=[{"Source": "aws.sagemaker", "DetailType": type_, "Resources": [arn], "Detail": detail}])
