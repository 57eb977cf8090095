"""SageMaker's CloudWatch metrics of invocations, aggregated and sent a few times per second."""

from __future__ import annotations

import threading
import time
from typing import Any

from ..others import client
from ..worker import submit

__all__ = ["count"]

_NAMES = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationsPerInstance", "ModelLatency")
_PAUSE_SECONDS = 0.2

Source = tuple[str, str, str, str]
"""account, region, endpoint, variant"""

_guard = threading.Lock()
_waiting: dict[Source, list[dict[str, float]]] = {}


def count(source: Source, status: int, instances: int, latency_microseconds: float) -> None:
    """Count one invocation."""
    values = {
        "Invocations": 1.0,
        "Invocation4XXErrors": float(400 <= status < 500),
        "Invocation5XXErrors": float(status >= 500),
        "InvocationsPerInstance": 1.0 / max(1, instances),
        "ModelLatency": latency_microseconds,
    }
    with _guard:
        first = not _waiting
        _waiting.setdefault(source, []).append(values)
    if first:
        submit(_flush)


def _flush() -> None:
    time.sleep(_PAUSE_SECONDS)
    with _guard:
        taken = dict(_waiting)
        _waiting.clear()
    for (account, region, endpoint, variant), counted in taken.items():
        dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
        data: list[dict[str, Any]] = []
        for name in _NAMES:
            numbers = [values[name] for values in counted]
            data.append(
                {
                    "MetricName": name,
                    "Dimensions": dimensions,
                    "Unit": "Microseconds" if name == "ModelLatency" else "None",
                    "StatisticValues": {
                        "SampleCount": float(len(numbers)),
                        "Sum": sum(numbers),
                        "Minimum": min(numbers),
                        "Maximum": max(numbers),
                    },
                }
            )
        client("cloudwatch", account, region).put_metric_data(Namespace="AWS/SageMaker", MetricData=data)
