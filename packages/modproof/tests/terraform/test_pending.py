"""What Terraform still does, from its machine-readable output."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from modproof.terraform.pending import Pending, last_message, pending


def message(kind: str, address: str, second: int, action: str = "") -> str:
    hook = {"resource": {"addr": address}, **({"action": action} if action else {})}
    stamp = f"2026-01-31T10:20:{second:02}.000000Z"
    return json.dumps({"@message": f"{address}: {kind}", "@timestamp": stamp, "type": kind, "hook": hook}) + "\n"


def test_operations_without_an_end_are_pending_the_longest_first() -> None:
    output = (
        message("refresh_start", "data.x.a", 0)
        + message("refresh_complete", "data.x.a", 1)
        + message("apply_start", "x.created", 2, "create")
        + message("apply_start", "x.failed", 2, "create")
        + message("apply_start", 'x.slow["a"]', 3, "delete")
        + message("provision_start", 'x.slow["a"]', 3)
        + message("apply_errored", "x.failed", 4, "create")
        + message("apply_progress", "x.created", 12, "create")
        + message("refresh_start", "data.x.b", 20)
        + "not JSON\n"
        + '{"type": "apply_com'
    )
    now = datetime(2026, 1, 31, 10, 20, 32, tzinfo=UTC)
    assert pending(output, now) == [
        Pending("x.created", "create", 30),
        Pending('x.slow["a"]', "delete", 29),
        Pending("data.x.b", "refresh", 12),
    ]
    assert str(pending(output, now)[0]) == "x.created (create, 30 s)"
    assert last_message(output) == "data.x.b: refresh_start"


def test_no_output_has_nothing_pending() -> None:
    assert pending("") == []
    assert last_message("panic: x\n") == ""
