"""Looks at CloudWatch alarms that guard an endpoint update."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .call import Call

__all__ = ["ringing"]

LOG = logging.getLogger(__name__)


def ringing(call: Call, deployment: Mapping[str, Any]) -> str | None:
    """Name the first alarm of a deployment's automatic rollback that is in ALARM; None if all is quiet."""
    alarms = (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
    names = [alarm["AlarmName"] for alarm in alarms if alarm.get("AlarmName")]
    if not names:
        return None
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=call.account, region_name=call.region).cloudwatch
    try:
        found = client.describe_alarms(AlarmNames=names, StateValue="ALARM")
    except Exception:
        LOG.exception("alarms %s could not be read; the update goes on", names)
        return None
    raised = [alarm["AlarmName"] for alarm in found.get("MetricAlarms", []) + found.get("CompositeAlarms", [])]
    return raised[0] if raised else None
