"""The user's cache folder: each installed program in a folder of its own, which is there whole or not at all.

``<cache>/tools/<tool>/<key>/`` holds the program and ``installed.json``, written last. It is filled under another
name and renamed, so that a run which is killed half-way leaves nothing that a later run could take for a program.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from modproof.core.errors import ConfigurationError, ModproofError

__all__ = ["cache_folder", "digest", "exclusively", "installed", "publish", "staging"]

RECORD = "installed.json"
_PARTIAL = ".partial-"
_POLL_SECONDS = 0.2
_LOCK_TIMEOUT_SECONDS = 30 * 60.0


def cache_folder() -> Path:
    """Where the harness keeps what it may delete: ``MODPROOF_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("MODPROOF_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_cache_path("modproof", appauthor=False)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def installed(name: str, key: str) -> Path | None:
    """The program ``name`` that was installed under ``key``, or None when it is not there or was cut short."""
    folder = _home(name) / key
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        program = folder / str(record["program"])
        whole = program.stat().st_size == record["bytes"] and os.access(program, os.X_OK)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return program if whole else None


@contextlib.contextmanager
def exclusively(name: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the machine-wide lock ``name``; ``on_wait`` is called once when somebody else holds it.

    The operating system frees the lock when its holder dies, however it dies. Raises ModproofError when the lock
    is not free after half an hour, and ConfigurationError when the cache folder cannot be written.
    """
    path = _made(cache_folder() / "locks") / f"{name}.lock"
    deadline = time.monotonic() + _LOCK_TIMEOUT_SECONDS
    told = False
    with path.open("w") as stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    on_wait()
                    told = True
                if time.monotonic() > deadline:
                    raise ModproofError(
                        f"another run has held {name} for half an hour", path=path, hint="end that run"
                    ) from None
                time.sleep(_POLL_SECONDS)
        yield  # closing the file frees the lock


@contextlib.contextmanager
def staging(name: str) -> Iterator[Path]:
    """An empty folder beside the tool's others, gone when the context ends unless it was published.

    To be used under :func:`exclusively`: what a killed run left behind is cleared away first.
    """
    home = _made(_home(name))
    for stale in home.glob(f"{_PARTIAL}*"):
        shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(name: str, key: str, folder: Path, program: Path, *, version: str, source: str) -> Path:
    """Make a staging ``folder`` the tool's installation under ``key``; returns the program's final path."""
    program.chmod(0o755)
    folder.chmod(0o755)
    relative = program.relative_to(folder).as_posix()
    record = {
        "program": relative,
        "bytes": program.stat().st_size,
        "sha256": digest(program),
        "version": version,
        "source": source,
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    final = _home(name) / key
    if final.exists():  # cut short or damaged, or it would have been used
        shutil.rmtree(final)
    folder.rename(final)
    return final / relative


def _home(name: str) -> Path:
    return cache_folder() / "tools" / name


def _made(folder: Path) -> Path:
    reason = "permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise ConfigurationError(
        f"the cache folder cannot be written: {reason}",
        path=folder,
        hint="name a folder that you may write to in MODPROOF_CACHE",
    )
