"""The only place that starts programs: each in a process group of its own that ends with the run.

Three things end a group: the program's own end, a timeout, and the end of this process. The last also holds when
this process is killed without warning, by way of :mod:`modproof.core.reaper`.
"""

from __future__ import annotations

import contextlib
import json
import os
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


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended by itself. A negative ``returncode`` is the signal that ended it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float


class _Guard:
    """What is alive now, here and in the reaper's list."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._pipe: IO[str] | None = None
        self._owner = 0
        self.stopping = False

    def _tell(self, action: str, kind: str, value: int | str) -> None:
        # a forked child (pytest-xdist, multiprocessing) must not speak into its parent's pipe
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
            self._tell("add", "group", group)
            self._groups.add(group)

    def drop_group(self, group: int) -> None:
        with self._lock:
            self._tell("drop", "group", group)
            self._groups.discard(group)

    def add_folder(self, folder: str) -> None:
        with self._lock:
            self._tell("add", "folder", folder)

    def drop_folder(self, folder: str) -> None:
        with self._lock:
            self._tell("drop", "folder", folder)

    def groups(self) -> list[int]:
        with self._lock:
            return sorted(self._groups)


_guard = _Guard()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end(process: subprocess.Popen[str], grace_seconds: float) -> None:
    """End a program and all that it started: asked first, then killed."""
    if process.poll() is None and grace_seconds > 0:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
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
    if _guard.stopping:  # the stop came between the question above and the start, and has not seen this program
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
    """Run a program to its end and return what it printed, whatever its exit code.

    ``on_line`` sees each line of standard output as it comes, from a thread of its own. Raises TimedOut after
    ``timeout_seconds``, CommandFailed when the program cannot be started, Interrupted when the run is stopping;
    in each case nothing of the program's process group is left.
    """
    started = time.monotonic()
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

    # both pipes are drained at once: a program that fills one while the other is read would wait for ever
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
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        _end(process, GRACE_SECONDS)
        raise TimedOut(
            f"{' '.join([Path(argv[0]).name, *argv[1:3]])} did not end within {timeout_seconds:g} seconds",
            hint="its process group was ended; see what it waits for, or give it more time",
        ) from None
    except BaseException:
        _end(process, GRACE_SECONDS)
        raise
    _end(process, 0)
    for reader in readers:
        reader.join(GRACE_SECONDS)
    if _guard.stopping:
        raise Interrupted("the run is stopping")
    return Completed(tuple(argv), process.returncode, "".join(lines), "".join(errors), time.monotonic() - started)


class Service:
    """A program that runs beside the run, its output in ``log``."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def returncode(self) -> int | None:
        """The exit code, or None while the program runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End the program and all it started; safe to call twice."""
        _end(self._process, GRACE_SECONDS)


def start_service(
    argv: Sequence[str], *, log: Path, cwd: Path | str | None = None, env: Mapping[str, str] | None = None
) -> Service:
    """Start a program that goes on while the run does; both its outputs go to ``log``.

    Raises CommandFailed when it cannot be started.
    """
    with log.open("w", encoding="utf-8") as sink:
        process = _start(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
    return Service(process, log)


def stop_all() -> None:
    """End every program that is alive and refuse new ones: what Ctrl-C does for all threads."""
    _guard.stopping = True
    for group in _guard.groups():
        _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while _guard.groups() and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in _guard.groups():
        _signal_group(group, signal.SIGKILL)


def allow_programs() -> None:
    """Let programs start again after :func:`stop_all`, for a process that lives on (a test session)."""
    _guard.stopping = False


@contextlib.contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A folder that is gone when the context ends, and also when this process is killed in it.

    It is made in ``parent``, or where the system keeps temporary files.
    """
    folder = tempfile.mkdtemp(prefix=f"modproof-{prefix}-", dir=parent)
    _guard.add_folder(folder)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _guard.drop_folder(folder)
