"""Metrics of trial components: sagemaker-metrics, which the SDK's experiment runs write.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Metrics_Service.html
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import errors
from .call import Call, Operation
from .data_plane import DataPlane
from .listing import moment
from .records import Record

__all__ = ["trial_metrics"]

_PERIODS = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600, "IterationNumber": 1}
_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Min": min,
    "Max": max,
    "Avg": statistics.fmean,
    "Count": len,
    "StdDev": statistics.pstdev,
    "Last": lambda values: values[-1],
}


def trial_metrics() -> DataPlane:
    """The provider of sagemaker-metrics."""
    return DataPlane("sagemaker-metrics", _OPERATIONS)


def _put(call: Call) -> Mapping[str, Any]:
    name = call.request["TrialComponentName"]
    record = call.find("TrialComponent", name)
    if record is None:
        raise errors.not_found(f"TrialComponent with name {name} not found.")
    points: dict[str, list[tuple[float, int | None, float]]] = record.private.setdefault("metrics", {})
    for data in call.request["MetricData"]:
        time = moment(data["Timestamp"]).timestamp()
        points.setdefault(data["MetricName"], []).append((time, data.get("Step"), data["Value"]))
    record.attributes["Metrics"] = [_summary(record, name, points[name]) for name in sorted(points)]
    record.modified = call.now()
    return {"Errors": []}


def _summary(record: Record, name: str, points: Sequence[tuple[float, int | None, float]]) -> dict[str, Any]:
    values = [value for _, _, value in points]
    numbers = {statistic: compute(values) for statistic, compute in _STATISTICS.items()}
    return {"MetricName": name, "SourceArn": record.arn, "TimeStamp": moment(points[-1][0]), **numbers}


def _get(call: Call) -> Mapping[str, Any]:
    return {"MetricQueryResults": [_answer(call, query) for query in call.request["MetricQueries"]]}


def _answer(call: Call, query: Mapping[str, Any]) -> dict[str, Any]:
    """One query: the statistic of each period that has points."""
    record = call.store.by_arn(query["ResourceArn"])
    if record is None or record.noun != "TrialComponent":
        message = f"Resource {query['ResourceArn']} is not a trial component."
        return {"Status": "ValidationError", "Message": message, "XAxisValues": [], "MetricValues": []}
    by_step = query["XAxisType"] == "IterationNumber"
    width = _PERIODS[query["Period"]]
    periods: dict[int, list[float]] = {}
    for time, step, value in record.private.get("metrics", {}).get(query["MetricName"], []):
        position = step if by_step else time
        if position is None or not query.get("Start", 0) <= position <= query.get("End", float("inf")):
            continue
        periods.setdefault(int(position // width * width), []).append(value)
    axis = sorted(periods)
    compute = _STATISTICS[query["MetricStat"]]
    return {
        "Status": "Complete",
        "XAxisValues": axis,
        "MetricValues": [float(compute(periods[position])) for position in axis],
    }


_OPERATIONS: dict[str, Operation] = {"BatchGetMetrics": _get, "BatchPutMetrics": _put}
