"""The AWS calls in LocalStack's log: ``2026-01-31T10:20:30.123 INFO --- [...] : AWS sqs.GetQueueUrl => 200``.

Source: ``localstack/aws/handlers/logging.py`` of LocalStack.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

__all__ = ["repeated_calls"]

_LINE = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+ .* : AWS (?P<service>[\w-]+)\.(?P<answer>\w+ => .+)$", re.MULTILINE
)
_RECENT = timedelta(seconds=60)
_READ_BYTES = 1 << 20
_LEAST = 3
_SHOWN = 3


def repeated_calls(log: Path, services: Collection[str] = ()) -> str:
    """The calls that were repeated most in the last minute of the log, with their answers; empty if none was.

    ``services`` limits them to these services, if any of their calls was repeated. The log has the calls of all
    accounts.
    """
    try:
        with log.open("rb") as source:
            source.seek(max(log.stat().st_size - _READ_BYTES, 0))
            text = source.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [(datetime.fromisoformat(m["time"]), m["service"], m["answer"]) for m in _LINE.finditer(text)]
    if not lines:
        return ""
    begin = lines[-1][0] - _RECENT
    counted = Counter((service, answer.strip()) for at, service, answer in lines if at >= begin)
    repeated = [(call, count) for call, count in counted.most_common() if count >= _LEAST]
    of_services = [(call, count) for call, count in repeated if call[0] in services]
    shown = (of_services or repeated)[:_SHOWN]
    return ", ".join(f"{service}.{answer} ({count} times)" for (service, answer), count in shown)
