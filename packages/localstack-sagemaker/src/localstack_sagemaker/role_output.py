"""What jobs, endpoints and notebook instances write as their role: a line in a log group, and a metric.

As in AWS, nothing fails without them. A service that has not been used is not loaded for that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial

from .call import Call
from .execution import Access, logs, metrics, refusal
from .others import client, others
from .records import Record
from .worker import submit

__all__ = ["write_log", "write_metric"]

LOG = logging.getLogger(__name__)


def write_log(call: Call, record: Record, role: str | None, group: str = "", stream: str = "") -> None:
    """Write a log stream, by default of a job, if its log group exists and the role may write to it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    """
    group = group or f"/aws/sagemaker/{record.noun}s"
    stream = stream or f"{record.name}/algo-1-{int(call.clock.now())}"
    text = f"{record.noun} {record.name} runs in an emulator, which starts no container"
    milliseconds = int(call.clock.now() * 1000)
    work = partial(_log, call.account, call.region, group, stream, text, milliseconds)
    _write(call, record, role, "logs", logs(call, group, stream), work)


def write_metric(call: Call, record: Record, role: str | None, namespace: str, dimensions: dict[str, str]) -> None:
    """Publish a CPU utilisation of 0 %, if the role may publish metrics.

    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """
    work = partial(_metric, call.account, call.region, namespace, dimensions)
    _write(call, record, role, "cloudwatch", metrics(call, namespace), work)


def _write(
    call: Call, record: Record, role: str | None, service: str, needed: Iterable[Access], work: Callable[[], None]
) -> None:
    if not others().is_used(service):
        return
    found = refusal(call, role, needed) if role else None
    if found:
        LOG.warning("no %s of %s: %s is not authorized to perform: %s", service, record.arn, role, found)
        return
    call.after(lambda: submit(work))


def _log(account: str, region: str, group: str, stream: str, text: str, milliseconds: int) -> None:
    cloudwatch_logs = client("logs", account, region)
    try:
        cloudwatch_logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": milliseconds, "message": text}
        cloudwatch_logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    except cloudwatch_logs.exceptions.ResourceNotFoundException:
        # AWS creates the group; here it would be left behind when a test destroys what it made
        LOG.debug("%s does not exist", group)
    except cloudwatch_logs.exceptions.ResourceAlreadyExistsException:
        LOG.debug("%s exists in %s", stream, group)


def _metric(account: str, region: str, namespace: str, dimensions: dict[str, str]) -> None:
    data = {
        "MetricName": "CPUUtilization",
        "Unit": "Percent",
        "Value": 0.0,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    client("cloudwatch", account, region).put_metric_data(Namespace=namespace, MetricData=[data])
