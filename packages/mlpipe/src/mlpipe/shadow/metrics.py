"""The metrics of a variant in CloudWatch.

Metrics of endpoints: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlpipe.aws import AWS_ERRORS, Account, in_words
from mlpipe.errors import ConfigurationError

__all__ = ["KEPT_DAYS", "Traffic", "traffic"]

_NAMESPACE = "AWS/SageMaker"
_SHORT_DAYS = 15
KEPT_DAYS = 455
"""CloudWatch keeps values of one minute for 15 days, and those of an hour for 455
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html)"""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A variant in a period of time."""

    variant: str
    invocations: float
    errors: float
    """responses with 4xx or 5xx"""
    latencies: tuple[float, ...]
    """the mean model latency of each interval with traffic, in milliseconds"""


def traffic(account: Account, endpoint: str, variants: Sequence[str], since: datetime) -> list[Traffic]:
    """Read what ``variants`` did since ``since``, in intervals of a minute, or of an hour beyond 15 days.

    Raises ConfigurationError if CloudWatch cannot be read.
    """
    now = datetime.now(UTC)
    period = 60 if now - since <= timedelta(days=_SHORT_DAYS) else 3600
    metrics = {
        "invocations": ("Invocations", "Sum"),
        "e4": ("Invocation4XXErrors", "Sum"),
        "e5": ("Invocation5XXErrors", "Sum"),
        "latency": ("ModelLatency", "Average"),
    }
    queries = [
        {
            "Id": f"{name}{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": _NAMESPACE,
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": variant},
                    ],
                },
                "Period": period,
                "Stat": statistic,
            },
        }
        for number, variant in enumerate(variants)
        for name, (metric, statistic) in metrics.items()
    ]
    values: dict[str, list[float]] = {str(query["Id"]): [] for query in queries}
    pages = account.client("cloudwatch").get_paginator("get_metric_data")
    try:
        for page in pages.paginate(MetricDataQueries=queries, StartTime=since, EndTime=now + timedelta(seconds=period)):
            for result in page["MetricDataResults"]:
                values[result["Id"]] += result["Values"]
    except AWS_ERRORS as error:
        raise ConfigurationError(f"the metrics of {endpoint} cannot be read: {in_words(error)}") from error
    return [
        Traffic(
            variant=variant,
            invocations=sum(values[f"invocations{number}"]),
            errors=sum(values[f"e4{number}"]) + sum(values[f"e5{number}"]),
            # CloudWatch has microseconds
            latencies=tuple(value / 1000 for value in values[f"latency{number}"]),
        )
        for number, variant in enumerate(variants)
    ]
