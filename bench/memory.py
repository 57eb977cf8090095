"""Sample the memory and CPU time of this process and its descendants."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_SAMPLE_SECONDS = 0.5


class Peak:
    """``megabytes`` is the peak so far; 0 on systems other than Linux, which do not report it."""

    def __init__(self) -> None:
        self.megabytes = 0

    def look(self) -> None:
        """Update the peak from the sum of proportional set sizes, in which shared memory counts once."""
        total = sum(_kilobytes(pid) for pid in _family(os.getpid()))
        self.megabytes = max(self.megabytes, total // 1024)


def children() -> set[int]:
    """The IDs of this process's descendants; none on systems other than Linux."""
    return set(_family(os.getpid())[1:])


def of(processes: Iterable[int]) -> int:
    """The memory of processes in megabytes."""
    return sum(_kilobytes(pid) for pid in processes) // 1024


def cpu_seconds(processes: Iterable[int]) -> float:
    """The CPU time of processes so far: user and system time, which are fields 14 and 15 of proc(5)'s stat."""
    ticks = 0
    for pid in processes:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def peak() -> Iterator[Peak]:
    """Sample within the context."""
    found, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            found.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text(encoding="ascii").split():
                found += _family(int(child))
    return found


def _kilobytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        match = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
        return int(match[1]) if match else 0
    return 0
