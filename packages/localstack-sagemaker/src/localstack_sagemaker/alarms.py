"""Reads the CloudWatch alarms that guard an endpoint update."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .call import Call
from .others import client

__all__ = ["first_in_alarm"]

LOG = logging.getLogger(__name__)


def first_in_alarm(call: Call, deployment: Mapping[str, Any]) -> str | None:
    """Return the name of the first alarm of a deployment's automatic rollback that is in ALARM, or None."""
    alarms = (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    names = [alarm["AlarmName"] for alarm in alarms if alarm.get("AlarmName")]
    if not names:
        return None
    cloudwatch = client("cloudwatch", call.account, call.region)
    try:
        # LocalStack ignores StateValue if AlarmNames is set
        found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    except Exception:
        LOG.exception("cannot read alarms %s; the update continues", names)
        return None
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for alarm in (*found.get("MetricAlarms", []), *found.get("CompositeAlarms", []))
    }
    return next((name for name in names if states.get(name) == "ALARM"), None)
