"""LocalStack's own Python environment: created once by uv from the lock file, then reused from the cache folder.

LocalStack cannot be installed next to modproof, because its pins conflict with checkov's. Only PyPI is needed.
:mod:`modproof.emulator.releases` chooses the lock file and the interpreter.

``<cache>/emulator/<key>/`` is filled under a temporary name and then renamed, so it is always complete. ``<key>`` is
derived from everything that goes into the environment.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, EmulatorError, ToolMissing
from modproof.core.progress import Progress
from modproof.emulator import releases
from modproof.toolchain import cache_folder, exclusively
from modproof.toolchain.store import partial_folder

__all__ = ["BUILD_LOCK", "Environment", "emulator_cache", "ensure", "find", "uv"]

BUILD_LOCK = Path(__file__).with_name("build.txt")
"""The build tools for packages that PyPI has only as source, pinned by hash."""

_INSTALL_TIMEOUT_SECONDS = 20 * 60.0
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class Environment:
    """A complete environment: its interpreter, and the folder with LocalStack's index of AWS operations."""

    python: Path
    static_libs: Path


def emulator_cache() -> Path:
    """The cache folder for environments and overlays."""
    return cache_folder() / "emulator"


def uv(arguments: Sequence[str | Path], *, goal: str) -> None:
    """Run uv. Raises ToolMissing if it is not installed, EmulatorError with uv's output if it fails.

    ``goal`` completes the message "could not …".
    """
    completed = process.run(
        [_uv(), *map(str, arguments)],
        cwd=emulator_cache(),  # not the caller's folder, which may contain uv settings
        env={**base_environment(), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"},
        timeout_seconds=_INSTALL_TIMEOUT_SECONDS,
    )
    if completed.returncode != 0:
        output = " ".join("\n".join(completed.stderr.strip().splitlines()[-_SHOWN_LINES:]).split())
        raise EmulatorError(
            f"could not {goal}: {output or f'uv ended with exit code {completed.returncode}'}",
            hint="the first run needs PyPI (UV_DEFAULT_INDEX sets another index, HTTPS_PROXY a proxy);"
            " or set MODPROOF_ENDPOINT_URL to a running LocalStack",
        )


def find() -> Environment | None:
    """The environment of the chosen release; None if it is not created yet."""
    return _complete(emulator_cache() / _key(releases.chosen()))


def ensure(progress: Progress) -> Environment:
    """The environment of the chosen release, created if it is missing.

    Concurrent runs create it once. Raises EmulatorError if that fails, ToolMissing if uv is not installed.
    """
    release = releases.chosen()
    home = emulator_cache() / _key(release)
    found = _complete(home)
    if found is not None:
        return found
    with progress.task("creating LocalStack's environment (once)") as task:
        emulator_cache().mkdir(parents=True, exist_ok=True)
        with exclusively("emulator", on_wait=lambda: task.note("another run is creating it")):
            found = _complete(home)  # another run may have created it in the meantime
            return found if found is not None else _create(home, release)


def _key(release: releases.Release) -> str:
    content = hashlib.sha256()
    for text in (
        release.lock.read_text(encoding="utf-8"),
        BUILD_LOCK.read_text(encoding="utf-8"),
        platform.python_implementation(),
        release.python_version,
        platform.machine(),
        release.prefix,
    ):
        content.update(text.encode())
        content.update(b"\0")
    major, minor, *_ = release.python_version.split(".")
    return f"py{major}{minor}-{content.hexdigest()[:16]}"


def _layout(home: Path) -> Environment:
    return Environment(python=home / "venv" / "bin" / "python", static_libs=home / "static_libs")


def _complete(home: Path) -> Environment | None:
    environment = _layout(home)
    # the interpreter is a link, which breaks when the Python behind it is uninstalled
    return environment if os.access(environment.python, os.X_OK) else None


def _create(home: Path, release: releases.Release) -> Environment:
    """Create the environment in ``home``. The caller holds the lock."""
    with partial_folder(emulator_cache()) as partial:
        environment = _layout(partial)
        venv = environment.python.parent.parent
        uv(
            ["venv", "--quiet", "--relocatable", "--no-project", "--python", release.python, venv],
            goal="create LocalStack's environment",
        )
        install: list[str | Path] = ["pip", "install", "--quiet", "--python", environment.python, "--require-hashes"]
        uv([*install, "--build-constraints", BUILD_LOCK, "--requirements", release.lock], goal="install LocalStack")
        _index_operations(partial, environment)
        if home.exists():
            shutil.rmtree(home)
        partial.rename(home)
    return _layout(home)


def _index_operations(partial: Path, environment: Environment) -> None:
    """Let LocalStack write its index of AWS operations; otherwise every server start spends 4 seconds on it."""
    root = partial / "filesystem"
    static_libs = root / "usr" / "lib" / "localstack"
    static_libs.mkdir(parents=True)
    completed = process.run(
        [str(environment.python), "-m", "localstack.aws.spec"],
        cwd=partial,
        env={**base_environment(), "FILESYSTEM_ROOT": str(root), "OVERRIDE_IN_DOCKER": "0", "HOME": str(partial)},
    )
    if completed.returncode != 0:
        raise CommandFailed(f"LocalStack does not load after its installation: {completed.stderr.strip()[-800:]}")
    static_libs.rename(environment.static_libs)
    shutil.rmtree(root)
    shutil.rmtree(partial / ".cache", ignore_errors=True)


def _uv() -> str:
    try:
        from uv import find_uv_bin
    except ImportError:
        raise ToolMissing(
            "uv, which creates LocalStack's environment, is not installed",
            hint='pip install "modproof[integration]"',
        ) from None
    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        raise ToolMissing(
            f"the uv package is installed without its program: {error}", hint="pip install --force-reinstall uv"
        ) from error
