"""The operations that Terraform has started and not ended, from its machine-readable output.

Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui#operation-messages
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Pending", "last_message", "pending"]

_ENDINGS = ("_complete", "_errored")


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation on the resource ``address`` that runs since ``seconds``. ``action`` is such as create or refresh."""

    address: str
    action: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.address} ({self.action}, {self.seconds:.0f} s)"


def pending(output: str, now: datetime | None = None) -> list[Pending]:
    """The operations in ``output`` without an end, the longest first. ``now`` has a time zone."""
    running: dict[tuple[str, str], Pending] = {}
    at = now or datetime.now(UTC)
    for message in _messages(output):
        kind, hook = str(message.get("type", "")), message.get("hook")
        address = str(hook.get("resource", {}).get("addr", "")) if isinstance(hook, dict) else ""
        operation, _, event = kind.rpartition("_")
        if not address or operation == "provision":  # a provisioner runs inside an operation
            continue
        if event == "start" and isinstance(hook, dict):
            action = str(hook.get("action") or operation)
            running[operation, address] = Pending(address, action, _seconds_since(message, at))
        elif kind.endswith(_ENDINGS):
            running.pop((operation, address), None)
    return sorted(running.values(), key=lambda each: (-each.seconds, each.address))


def last_message(output: str) -> str:
    """The text of the last message in ``output``; empty if there is none."""
    texts = [str(message["@message"]) for message in _messages(output) if message.get("@message")]
    return texts[-1] if texts else ""


def _messages(output: str) -> list[dict[str, Any]]:
    found = []
    for line in output.splitlines():
        with contextlib.suppress(ValueError):  # the last line may be incomplete
            message = json.loads(line)
            if isinstance(message, dict):
                found.append(message)
    return found


def _seconds_since(message: Mapping[str, Any], now: datetime) -> float:
    try:
        return max((now - datetime.fromisoformat(str(message.get("@timestamp")))).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.0
