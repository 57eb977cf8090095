"""Ends the programs of a run that was killed, and deletes its temporary folders.

This is a separate program (standard library only) with a pipe from the run. Each line of the pipe is a JSON list:
``["add" | "drop", "group" | "folder", VALUE]``. When the pipe closes, because the run ended or was killed, every
process group still listed is ended and every folder still listed is deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time

__all__ = ["main"]

GRACE_SECONDS = 2.0


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_groups(groups: set[int]) -> None:
    alive = {group for group in groups if _signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + GRACE_SECONDS
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = {group for group in alive if _signal_group(group, 0)}
    for group in alive:
        _signal_group(group, signal.SIGKILL)


def main() -> int:
    """Read the pipe until it closes, then end the listed groups and delete the listed folders; returns 0."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: set[str] = set()
    for line in sys.stdin:
        try:
            action, kind, value = json.loads(line)
        except ValueError:
            continue  # the run was killed in the middle of a line
        if kind == "group":
            (groups.add if action == "add" else groups.discard)(int(value))
        else:
            (folders.add if action == "add" else folders.discard)(str(value))
    _end_groups(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
