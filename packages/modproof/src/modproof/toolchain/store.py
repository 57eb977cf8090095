"""The user's cache folder: one folder for each installed program, complete or absent.

``<cache>/tools/<tool>/<key>/`` contains the program and ``installed.json``, which is written last. The folder is filled
under a temporary name and then renamed, so a killed run never leaves a partial installation that a later run uses.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from modproof.core.errors import ConfigurationError, ModproofError

__all__ = ["cache_folder", "digest", "exclusively", "installed", "partial_folder", "publish", "staging"]

RECORD = "installed.json"
_PARTIAL = ".partial-"
_LOCK_TIMEOUT_SECONDS = 30 * 60.0


def cache_folder() -> Path:
    """The folder for everything that can be recreated: ``MODPROOF_CACHE``, by default the user's cache folder."""
    chosen = os.environ.get("MODPROOF_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_cache_path("modproof", appauthor=False)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def installed(name: str, key: str) -> Path | None:
    """The program ``name`` installed under ``key``; None if it is missing or incomplete."""
    folder = _tool_folder(name) / key
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        program = folder / str(record["program"])
        complete = program.stat().st_size == record["bytes"] and os.access(program, os.X_OK)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return program if complete else None


@contextlib.contextmanager
def exclusively(name: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the machine-wide lock ``name``, across threads and processes.

    ``on_wait`` is called once if the lock is already held. The operating system frees the lock when its holder
    dies. Raises ModproofError if the lock is not free within half an hour, and ConfigurationError if the cache folder
    is not writable.
    """
    import filelock  # not at the top: the import takes 50 ms, and most runs need no lock

    path = _writable(cache_folder() / "locks") / f"{name}.lock"
    lock = filelock.FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            on_wait()
            lock.acquire(timeout=_LOCK_TIMEOUT_SECONDS)
    except filelock.Timeout:
        raise ModproofError(
            f"another run has held the lock {name} for half an hour", path=path, hint="stop that run"
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def partial_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in ``parent``, deleted when the context ends unless the caller renamed it.

    Use it under :func:`exclusively`: it first deletes what killed runs left in ``parent``.
    """
    for stale in parent.glob(f"{_PARTIAL}*"):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextlib.contextmanager
def staging(name: str) -> Iterator[Path]:
    """A :func:`partial_folder` for an installation of the tool ``name``, to be passed to :func:`publish`."""
    with partial_folder(_writable(_tool_folder(name))) as folder:
        yield folder


def publish(name: str, key: str, folder: Path, program: Path, *, version: str, source: str) -> Path:
    """Make a staging ``folder`` the tool's installation under ``key``; returns the program's final path."""
    program.chmod(0o755)
    relative = program.relative_to(folder).as_posix()
    record = {
        "program": relative,
        "bytes": program.stat().st_size,
        "sha256": digest(program),
        "version": version,
        "source": source,
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    final = _tool_folder(name) / key
    if final.exists():  # incomplete: a complete installation would have been used
        shutil.rmtree(final)
    folder.rename(final)
    return final / relative


def _tool_folder(name: str) -> Path:
    return cache_folder() / "tools" / name


def _writable(folder: Path) -> Path:
    """``folder``, created if necessary. Raises ConfigurationError if it is not writable."""
    reason = "permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise ConfigurationError(
        f"the cache folder is not writable: {reason}", path=folder, hint="set MODPROOF_CACHE to a writable folder"
    )
