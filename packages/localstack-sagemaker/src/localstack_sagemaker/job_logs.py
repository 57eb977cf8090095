"""Writes a line to the log group of jobs as the job's role. As in AWS, a job does not fail without logs."""

from __future__ import annotations

import logging
from functools import partial

from .call import Call
from .execution import logs, refusal
from .records import Record
from .worker import submit

__all__ = ["write_log"]

LOG = logging.getLogger(__name__)


def write_log(call: Call, record: Record, role: str | None) -> None:
    """Write a log stream of a job, if its log group exists and the role may write to it."""
    group = f"/aws/sagemaker/{record.noun}s"
    stream = f"{record.name}/algo-1-{int(call.clock.now())}"
    found = refusal(call, role, logs(call, group, stream)) if role else None
    if found:
        LOG.warning("no logs of %s: %s is not authorized to perform: %s", record.arn, role, found)
        return
    text = f"{record.noun} {record.name} runs in an emulator, which starts no container"
    milliseconds = int(call.clock.now() * 1000)
    call.after(lambda: submit(partial(_write, call.account, call.region, group, stream, text, milliseconds)))


def _write(account: str, region: str, group: str, stream: str, text: str, milliseconds: int) -> None:
    from localstack.aws.connect import connect_to

    client = connect_to(aws_access_key_id=account, region_name=region).logs
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": milliseconds, "message": text}
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    except client.exceptions.ResourceNotFoundException:
        # AWS creates the group; here it would be left behind when a test destroys what it made
        LOG.debug("%s does not exist", group)
