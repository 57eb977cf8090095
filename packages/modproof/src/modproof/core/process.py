"""The only module that starts programs: each in a separate process group that ends with the run.

A group ends with its program, by a timeout, or with this process, even if that is killed:
:mod:`modproof.core.reaper` ends it then.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from modproof.core import reaper
from modproof.core.errors import CommandFailed, Interrupted, TimedOut

__all__ = ["Completed", "Service", "allow_programs", "run", "start_service", "stop_all", "temporary_folder"]

GRACE_SECONDS = 3.0
_LONGEST_POLL = 2**31 - 1
"""Milliseconds that ``poll`` accepts, 24 days."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that has ended. A negative ``returncode`` is the signal that ended it."""

    returncode: int
    stdout: str
    stderr: str


class _Guard:
    """The process groups and folders to clean up, here and in the reaper."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._pipe: IO[str] | None = None
        self._owner = 0
        self.stopping = False

    def _send(self, action: str, kind: str, value: int | str) -> None:
        # a forked child (pytest-xdist, multiprocessing) must not write to its parent's pipe
        if self._pipe is None or self._owner != os.getpid():
            child = subprocess.Popen(
                [sys.executable, "-I", "-S", reaper.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
            )
            self._pipe = child.stdin
            self._owner = os.getpid()
            self._groups = set()
        assert self._pipe is not None
        with contextlib.suppress(BrokenPipeError):
            self._pipe.write(json.dumps([action, kind, value]) + "\n")
            self._pipe.flush()

    def add_group(self, group: int) -> None:
        with self._lock:
            self._send("add", "group", group)
            self._groups.add(group)

    def drop_group(self, group: int) -> None:
        with self._lock:
            self._send("drop", "group", group)
            self._groups.discard(group)

    def add_folder(self, folder: str) -> None:
        with self._lock:
            self._send("add", "folder", folder)

    def drop_folder(self, folder: str) -> None:
        with self._lock:
            self._send("drop", "folder", folder)

    def groups(self) -> list[int]:
        with self._lock:
            return sorted(self._groups)


_guard = _Guard()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait for the end of a program. Raises TimeoutExpired.

    ``Popen.wait`` with a timeout polls, so that it returns up to 50 ms late.
    """
    # some builds of Python for Linux lack it
    if sys.platform == "linux" and hasattr(os, "pidfd_open") and process.poll() is None:
        with contextlib.suppress(OSError):  # an old kernel, or a sandbox
            handle = os.pidfd_open(process.pid)
            try:
                ended = select.poll()
                ended.register(handle, select.POLLIN)
                if not ended.poll(min(seconds * 1000, _LONGEST_POLL)):
                    raise subprocess.TimeoutExpired(process.args, seconds)
            finally:
                os.close(handle)
            process.wait()
            return
    process.wait(seconds)


def _end(process: subprocess.Popen[str], grace_seconds: float) -> None:
    """End a program and all that it started: SIGTERM first, then SIGKILL."""
    if process.poll() is None and grace_seconds > 0:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            _wait(process, grace_seconds)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    _guard.drop_group(process.pid)


def _start(
    argv: Sequence[str],
    *,
    cwd: Path | str | None,
    env: Mapping[str, str] | None,
    stdin: int,
    stdout: int | IO[str],
    stderr: int | IO[str],
) -> subprocess.Popen[str]:
    if _guard.stopping:
        raise Interrupted("the run is stopping")
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise CommandFailed(f"cannot run {argv[0]}: {error.strerror or error}") from error
    _guard.add_group(process.pid)
    if _guard.stopping:  # stop_all ran between the check above and the start, and missed this program
        _end(process, 0)
        raise Interrupted("the run is stopping")
    return process


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    timeout_seconds: float = 600.0,
    stdin: str | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run a program to its end and return its output, whatever its exit code.

    ``on_line`` is called with each line of standard output as it arrives, in a separate thread. Raises TimedOut after
    ``timeout_seconds``, CommandFailed when the program cannot be started, and Interrupted when the run is stopping; the
    whole process group has ended then.
    """
    process = _start(
        argv,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    lines: list[str] = []
    errors: list[str] = []

    # both pipes are read in parallel: a program that fills one while the other is read would block
    def drain_stdout() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if on_line is not None:
                on_line(line)

    def drain_stderr() -> None:
        assert process.stderr is not None
        errors.extend(process.stderr)

    readers = [threading.Thread(target=target, daemon=True) for target in (drain_stdout, drain_stderr)]
    for reader in readers:
        reader.start()
    try:
        if stdin is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(stdin)
                process.stdin.close()
        _wait(process, timeout_seconds)
    except subprocess.TimeoutExpired:
        _end(process, GRACE_SECONDS)
        late = TimedOut(
            f"{' '.join([Path(argv[0]).name, *argv[1:3]])} did not end within {timeout_seconds:g} seconds",
            hint="its process group was ended; find out what it waits for, or raise the timeout",
        )
        for reader in readers:
            reader.join(GRACE_SECONDS)
        late.output = "".join(lines)
        raise late from None
    except BaseException:
        _end(process, GRACE_SECONDS)
        raise
    _end(process, 0)
    for reader in readers:
        reader.join(GRACE_SECONDS)
    if _guard.stopping:
        raise Interrupted("the run is stopping")
    return Completed(process.returncode, "".join(lines), "".join(errors))


class Service:
    """A program that runs in the background, with its output in ``log``."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def returncode(self) -> int | None:
        """The exit code, or None while the program runs."""
        return self._process.poll()

    def interrupt(self, grace_seconds: float) -> None:
        """Ask the program to end, as Ctrl-C in a shell does, and wait at most ``grace_seconds`` for it."""
        _signal_group(self._process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            _wait(self._process, grace_seconds)

    def stop(self) -> None:
        """End the program and all that it started; safe to call twice."""
        _end(self._process, GRACE_SECONDS)


def start_service(
    argv: Sequence[str], *, log: Path, cwd: Path | str | None = None, env: Mapping[str, str] | None = None
) -> Service:
    """Start a program in the background; both its outputs go to ``log``. Raises CommandFailed if it cannot start."""
    with log.open("w", encoding="utf-8") as sink:
        process = _start(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
    return Service(process, log)


def stop_all() -> None:
    """End every program and refuse new ones, in all threads, as on Ctrl-C."""
    _guard.stopping = True
    for group in _guard.groups():
        _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while _guard.groups() and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in _guard.groups():
        _signal_group(group, signal.SIGKILL)


def allow_programs() -> None:
    """Allow programs to start again after :func:`stop_all`, for a process that continues (a test session)."""
    _guard.stopping = False


@contextlib.contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A folder that is deleted when the context ends, even if this process is killed before.

    It is created in ``parent``, by default in the system's folder for temporary files.
    """
    folder = tempfile.mkdtemp(prefix=f"modproof-{prefix}-", dir=parent)
    _guard.add_folder(folder)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _guard.drop_folder(folder)
