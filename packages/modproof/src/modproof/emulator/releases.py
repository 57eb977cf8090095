"""The releases of LocalStack that modproof can run, and the Python for each."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, ConfigurationError, TimedOut

__all__ = ["VARIABLE", "Release", "chosen", "installable"]

VARIABLE = "MODPROOF_LOCALSTACK"
"""The environment variable that selects a release by its version."""
_HERE = Path(__file__).parent
_OLDER = _HERE / "requirements.txt"
"""The lock of the last release for Python 3.11."""
_NEWEST = _HERE / "requirements-2026.txt"
_PYTHONS = ((3, 13), (3, 12))
"""The versions of Python that the newest release supports, preferred first."""
_PROBE = "import ssl, sqlite3, sys; print(*sys.version.split()[0:1], sys.base_prefix)"


@dataclass(frozen=True, slots=True)
class Release:
    """A lock file, and the interpreter that the environment is created with."""

    lock: Path
    python: Path
    python_version: str
    """Such as ``3.13.0``."""
    prefix: str
    """The folder of that Python."""

    @property
    def version(self) -> str:
        """The version of LocalStack in the lock file."""
        match = re.search(r"^localstack-core==(\S+)", self.lock.read_text(encoding="utf-8"), re.MULTILINE)
        return match[1] if match else ""


def chosen() -> Release:
    """The newest release for which a Python is found, or the one that ``MODPROOF_LOCALSTACK`` names.

    Raises ConfigurationError if that is not one of the releases, or if no Python for it is found.
    """
    return _chosen(os.environ.get(VARIABLE, ""))


def installable() -> list[Release]:
    """The releases for which a Python is found, the newest first."""
    newest = _newest()
    return [newest, _older()] if newest else [_older()]


def _older() -> Release:
    return Release(_OLDER, Path(sys.executable), ".".join(map(str, sys.version_info[:3])), sys.base_prefix)


@functools.cache
def _chosen(wanted: str) -> Release:
    older = _older()
    if wanted == older.version:
        return older
    newest = _newest()
    if wanted in ("", newest.version if newest else ""):
        return newest or older
    known = Release(_NEWEST, older.python, "", "").version
    if wanted == known:
        text = f"{VARIABLE}={wanted} needs Python 3.12 or 3.13, which is not found"
        raise ConfigurationError(text, hint=f"install one, or unset {VARIABLE}")
    text = f"{VARIABLE}={wanted} is not a release that modproof runs"
    raise ConfigurationError(text, hint=f"{older.version} or {known}")


def _newest() -> Release | None:
    if sys.version_info[:2] in _PYTHONS:
        return Release(_NEWEST, Path(sys.executable), ".".join(map(str, sys.version_info[:3])), sys.base_prefix)
    return next((found for found in map(_probed, _candidates()) if found), None)


def _candidates() -> Iterator[Path]:
    """Interpreters on PATH, and those of pyenv and uv. They may not run: pyenv's shims fail for inactive versions."""
    for major, minor in _PYTHONS:
        name = f"python{major}.{minor}"
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path)
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
        managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python")
        for home in (pyenv, managed):
            yield from sorted(home.glob(f"*/bin/{name}"), reverse=True)


def _probed(candidate: Path) -> Release | None:
    try:
        done = process.run([str(candidate), "-c", _PROBE], cwd=_HERE, env=base_environment(), timeout_seconds=30)
    except (CommandFailed, TimedOut, OSError):
        return None
    version, _, prefix = done.stdout.strip().partition(" ")
    supported = [f"{major}.{minor}" for major, minor in _PYTHONS]
    if done.returncode != 0 or ".".join(version.split(".")[:2]) not in supported:
        return None
    return Release(_NEWEST, candidate, version, prefix)
