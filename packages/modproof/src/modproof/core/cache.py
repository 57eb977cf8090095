"""A cache of JSON files: content-addressed, capped in size, least recently used evicted.

Each entry is written to a temporary file and renamed, so that workers, checkouts and killed runs can share the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Cache", "file_digest", "key_of", "write_bytes", "write_json"]

_DEFAULT_BYTES = 512 * 1024 * 1024
_digests: dict[tuple[str, int, int, int], str] = {}


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, computed again only when the file changes. Raises OSError."""
    status = path.stat()
    identity = (str(path), status.st_mtime_ns, status.st_size, status.st_ino)
    if identity not in _digests:
        _digests[identity] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _digests[identity]


def key_of(parts: object) -> str:
    """SHA-256 of ``parts`` (any JSON value), the same in every process."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Cache:
    """A folder of entries, at most ``max_bytes`` after :meth:`prune`."""

    def __init__(self, folder: Path, max_bytes: int = _DEFAULT_BYTES) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> dict[str, Any] | None:
        """The entry of ``key``; None if it does not exist or is unreadable."""
        path = self._path(key)
        try:
            entry = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return entry if isinstance(entry, dict) else None

    def put(self, key: str, entry: Mapping[str, Any]) -> None:
        """Write ``entry``. A folder that cannot be written is not an error."""
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, entry)

    def prune(self) -> None:
        """Delete the least recently used entries until the rest is at most ``max_bytes``."""
        entries: list[tuple[float, int, Path]] = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.max_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def write_json(path: Path, entry: Mapping[str, Any]) -> None:
    """Write ``entry`` as :func:`write_bytes` does. Raises OSError."""
    write_bytes(path, json.dumps(entry, separators=(",", ":")).encode())  # json.dump is ten times slower


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` atomically: other processes may read ``path`` meanwhile. Raises OSError."""
    handle, aside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
