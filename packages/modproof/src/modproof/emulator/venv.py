"""LocalStack's own Python environment: made by uv from the lock file, once, and then found in the cache folder.

LocalStack cannot live beside modproof: its pins clash with checkov's. The environment runs on the interpreter that
modproof runs on, so that nothing but PyPI is needed; LocalStack 4.7.0 was seen to start on 3.11, 3.12 and 3.13.

``<cache>/emulator/<key>/`` is filled under another name and renamed, and ``<key>`` names all that it was made from:
what is there is whole.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, EmulatorError, ToolMissing
from modproof.core.progress import Progress
from modproof.toolchain import cache_folder, exclusively

__all__ = ["BUILD_LOCK", "Environment", "emulator_cache", "ensure", "find", "locked_version", "uv"]

LOCK = Path(__file__).with_name("requirements.txt")
BUILD_LOCK = Path(__file__).with_name("build.txt")
"""What packages that PyPI has only as source are built with, by hash."""

_PARTIAL = ".partial-"
_INSTALL_TIMEOUT_SECONDS = 20 * 60.0
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class Environment:
    """A whole environment: its interpreter, and the folder with LocalStack's index of AWS operations."""

    python: Path
    static_libs: Path


def emulator_cache() -> Path:
    """The folder in the user's cache where environments and overlays are kept."""
    return cache_folder() / "emulator"


def uv(arguments: Sequence[str | Path], *, doing: str) -> None:
    """Run uv. Raises ToolMissing when it is not installed, EmulatorError with its own words when it fails.

    ``doing`` completes "could not …".
    """
    completed = process.run(
        [_uv(), *map(str, arguments)],
        cwd=emulator_cache(),  # not the caller's folder, whose uv settings are about something else
        env={**base_environment(), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
        timeout_seconds=_INSTALL_TIMEOUT_SECONDS,
    )
    if completed.returncode != 0:
        said = " ".join("\n".join(completed.stderr.strip().splitlines()[-_SHOWN_LINES:]).split())
        raise EmulatorError(
            f"could not {doing}: {said or f'uv ended with exit code {completed.returncode}'}",
            hint="the first run needs PyPI (UV_DEFAULT_INDEX names another index, HTTPS_PROXY a proxy);"
            " or let MODPROOF_ENDPOINT_URL name a LocalStack that runs already",
        )


def locked_version() -> str:
    """The version of LocalStack that the lock file names."""
    match = re.search(r"^localstack-core==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else ""


def find() -> Environment | None:
    """The environment for this interpreter, or None when it has yet to be made."""
    return _whole(emulator_cache() / _key())


def ensure(progress: Progress) -> Environment:
    """The environment for this interpreter, made first where it is missing.

    Two runs at once make it once. Raises EmulatorError when it cannot be made, ToolMissing when uv is not there.
    """
    home = emulator_cache() / _key()
    found = _whole(home)
    if found is not None:
        return found
    with progress.task("making LocalStack's environment (once)") as task:
        emulator_cache().mkdir(parents=True, exist_ok=True)
        with exclusively("emulator", on_wait=lambda: task.note("another run is making it")):
            found = _whole(home)  # the other run may just have made it
            return found if found is not None else _make(home)


def _key() -> str:
    made_of = hashlib.sha256()
    for text in (
        LOCK.read_text(encoding="utf-8"),
        BUILD_LOCK.read_text(encoding="utf-8"),
        platform.python_implementation(),
        platform.python_version(),
        platform.machine(),
        sys.base_prefix,
    ):
        made_of.update(text.encode())
        made_of.update(b"\0")
    return f"py{sys.version_info.major}{sys.version_info.minor}-{made_of.hexdigest()[:16]}"


def _parts(home: Path) -> Environment:
    return Environment(python=home / "venv" / "bin" / "python", static_libs=home / "static_libs")


def _whole(home: Path) -> Environment | None:
    parts = _parts(home)
    # its interpreter is a link, which breaks when the Python it was made from is removed
    return parts if os.access(parts.python, os.X_OK) else None


def _make(home: Path) -> Environment:
    """Fill a folder aside and put it in place. To be called under the lock."""
    for stale in emulator_cache().glob(f"{_PARTIAL}*"):
        shutil.rmtree(stale, ignore_errors=True)  # a run was killed here
    aside = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=emulator_cache()))
    try:
        aside.chmod(0o755)
        parts = _parts(aside)
        venv = parts.python.parent.parent
        uv(
            ["venv", "--quiet", "--relocatable", "--no-project", "--python", sys.executable, venv],
            doing="make LocalStack's environment",
        )
        install: list[str | Path] = ["pip", "install", "--quiet", "--python", parts.python, "--require-hashes"]
        uv([*install, "--build-constraints", BUILD_LOCK, "--requirements", LOCK], doing="install LocalStack")
        _index_operations(aside, parts)
        if home.exists():
            shutil.rmtree(home)
        aside.rename(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _parts(home)


def _index_operations(aside: Path, parts: Environment) -> None:
    """Have LocalStack write its index of all AWS operations, which each server would else spend 4 seconds on."""
    root = aside / "filesystem"
    static_libs = root / "usr" / "lib" / "localstack"
    static_libs.mkdir(parents=True)
    made = process.run(
        [str(parts.python), "-m", "localstack.aws.spec"],
        cwd=aside,
        env={**base_environment(), "FILESYSTEM_ROOT": str(root), "OVERRIDE_IN_DOCKER": "0", "HOME": str(aside)},
    )
    if made.returncode != 0:
        raise CommandFailed(f"LocalStack could not be loaded after its installation: {made.stderr.strip()[-800:]}")
    static_libs.rename(parts.static_libs)
    shutil.rmtree(root)
    shutil.rmtree(aside / ".cache", ignore_errors=True)


def _uv() -> str:
    try:
        from uv import find_uv_bin
    except ImportError:
        raise ToolMissing(
            "uv is not installed, which makes LocalStack's environment", hint='pip install "modproof[integration]"'
        ) from None
    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        raise ToolMissing(f"uv's program is not there: {error}", hint="pip install --force-reinstall uv") from error
