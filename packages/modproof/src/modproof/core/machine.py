"""What this machine has and what this run uses of it: cores, processor time and memory.

Reads ``/proc`` of Linux (https://man7.org/linux/man-pages/man5/proc.5.html). Elsewhere nothing is measured.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modproof.core.results import Load

__all__ = ["available_bytes", "busy_seconds", "cores", "measuring"]

_SAMPLE_SECONDS = 2.0
_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """The number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def busy_seconds() -> float | None:
    """The processor time of all programs of the machine since it started, over all cores; None if not measured."""
    try:
        fields = [int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return None
    idle = fields[3] + fields[4]  # the second is waiting for disks
    return (sum(fields) - idle) / os.sysconf("SC_CLK_TCK")


def available_bytes() -> int | None:
    """The memory that programs can still get, also within the limit of a container; None if not measured."""
    found = [value for value in (_machine_bytes(), _container_bytes()) if value is not None]
    return min(found, default=None)


def _machine_bytes() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in (_PROC / "meminfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    return None


def _container_bytes() -> int | None:
    """What the container may still use; None without a limit, for which the file contains ``max``.

    The cache of files that are no longer read is used memory, but is freed when it is needed. Source:
    https://docs.kernel.org/admin-guide/cgroup-v2.html
    """
    with contextlib.suppress(OSError, ValueError, KeyError):
        limit, used = (int((_CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        statistics = dict(line.split() for line in (_CGROUP / "memory.stat").read_text().splitlines())
        return limit - used + int(statistics["inactive_file"])
    return None


@contextmanager
def measuring() -> Iterator[Load]:
    """Measure this process and all that it starts. The result is complete when the context ends."""
    load = Load(cores=cores())
    ended = threading.Event()
    begun, before = time.monotonic(), _used()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            used = _used()
            if used is not None:
                load.peak_bytes = max(load.peak_bytes or 0, used[1])

    thread = threading.Thread(target=sample, name="modproof-load", daemon=True)
    thread.start()
    try:
        yield load
    finally:
        ended.set()
        thread.join()
        load.seconds = time.monotonic() - begun
        after = _used()
        if before is not None and after is not None:
            load.cpu_seconds = after[0] - before[0]
            load.busy = load.cpu_seconds / (load.seconds * load.cores)
            load.peak_bytes = max(load.peak_bytes or 0, after[1])


def _used() -> tuple[float, int] | None:
    """Processor time in seconds, with that of ended programs, and memory in bytes without shared files."""
    programs: dict[int, tuple[int, int]] = {}
    try:
        numbers = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return None
    for number in numbers:
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (_PROC / str(number) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            programs[number] = int(fields[1]), sum(map(int, fields[11:15]))
    own = _with_descendants(os.getpid(), programs)
    ticks = sum(programs[number][1] for number in own)
    return ticks / os.sysconf("SC_CLK_TCK"), sum(map(_anonymous_bytes, own))


def _with_descendants(root: int, programs: dict[int, tuple[int, int]]) -> list[int]:
    children: dict[int, list[int]] = {}
    for number, (parent, _) in programs.items():
        children.setdefault(parent, []).append(number)
    found, waiting = [], [root] if root in programs else []
    while waiting:
        number = waiting.pop()
        found.append(number)
        waiting += children.get(number, [])
    return found


def _anonymous_bytes(number: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in (_PROC / str(number) / "status").read_text(errors="replace").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0
