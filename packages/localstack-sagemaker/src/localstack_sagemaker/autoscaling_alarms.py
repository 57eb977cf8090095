"""The two CloudWatch alarms that AWS creates and deletes with a target-tracking policy."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from .call import Call
from .others import client
from .records import Record

__all__ = ["create_alarms", "delete_alarms"]

LOG = logging.getLogger(__name__)

_PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": ("AWS/SageMaker", "InvocationsPerInstance", "Sum"),
    "SageMakerVariantProvisionedConcurrencyUtilization": (
        "AWS/SageMaker",
        "ServerlessProvisionedConcurrencyUtilization",
        "Maximum",
    ),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": (
        "AWS/SageMaker",
        "ConcurrentRequestsPerModel",
        "Maximum",
    ),
}


def _metric(record: Record, tracking: dict[str, Any]) -> dict[str, Any] | None:
    """Return the metric that a policy tracks, or None for an unknown one."""
    custom = tracking.get("CustomizedMetricSpecification")
    if custom:
        if not custom.get("MetricName") or not custom.get("Namespace"):
            return None
        return {
            "Namespace": custom["Namespace"],
            "MetricName": custom["MetricName"],
            "Dimensions": custom.get("Dimensions") or [],
            "Statistic": custom.get("Statistic", "Average"),
        }
    known = _PREDEFINED.get(tracking["PredefinedMetricSpecification"]["PredefinedMetricType"])
    parts = record.attributes["ResourceId"].split("/")
    if known is None or len(parts) != 4:
        return None
    namespace, name, statistic = known
    dimensions = [{"Name": "EndpointName", "Value": parts[1]}, {"Name": "VariantName", "Value": parts[3]}]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions, "Statistic": statistic}


def create_alarms(call: Call, record: Record) -> tuple[list[dict[str, str]], Callable[[], None] | None]:
    """Return the alarms of a policy and a function that creates them. Existing alarms keep their names."""
    tracking = record.attributes["TargetTrackingScalingPolicyConfiguration"]
    metric = _metric(record, tracking)
    if metric is None:
        return [], None
    target = float(tracking["TargetValue"])
    known: Sequence[dict[str, str]] = record.attributes.get("Alarms") or []
    bounds = [("AlarmHigh", "GreaterThanThreshold", target, 3)]
    if not tracking.get("DisableScaleIn"):
        bounds.append(("AlarmLow", "LessThanThreshold", target * 0.9, 15))
    alarms, requests = [], []
    for word, comparison, threshold, periods in bounds:
        name = next((one["AlarmName"] for one in known if f"-{word}-" in one["AlarmName"]), None)
        name = name or f"TargetTracking-{record.attributes['ResourceId']}-{word}-{uuid.uuid4()}"
        arn = f"arn:{call.partition}:cloudwatch:{call.region}:{call.account}:alarm:{name}"
        alarms.append({"AlarmName": name, "AlarmARN": arn})
        requests.append(
            {
                "AlarmName": name,
                "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {record.arn}.",
                "AlarmActions": [record.arn],
                "ComparisonOperator": comparison,
                "Threshold": threshold,
                "EvaluationPeriods": periods,
                "Period": 60,
                **metric,
            }
        )
    stale = [one["AlarmName"] for one in known if one not in alarms]

    def work() -> None:
        client = _cloudwatch(call)
        try:
            for request in requests:
                client.put_metric_alarm(**request)
        except Exception:
            LOG.exception("cannot create the alarms of scaling policy %s", record.arn)
        delete_alarms(call, stale)

    return alarms, work


def delete_alarms(call: Call, names: Sequence[str]) -> None:
    """Delete alarms; errors are only logged."""
    if not names:
        return
    try:
        _cloudwatch(call).delete_alarms(AlarmNames=list(names))
    except Exception:
        LOG.exception("cannot delete alarms %s", names)


def _cloudwatch(call: Call) -> Any:
    return client("cloudwatch", call.account, call.region)
