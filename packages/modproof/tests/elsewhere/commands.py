"""modproof installed from its wheel, and its commands run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uv

from modproof.toolchain.store import cache_folder

__all__ = ["Done", "Installation", "build_wheel", "command"]

PACKAGE = Path(__file__).parents[2]
_INSTALLED = ("emulator", "providers", "tofu-mirrors", "tools")
"""The folders of the cache with what takes long to install. Nothing in them depends on a project."""


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code, its output, and its wall time in seconds."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def last_line(self) -> str:
        """The last line of the output, or all of it if there is none on standard output."""
        return (self.stdout.strip().splitlines() or [self.stderr])[-1]


def command(*arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run a command without the variables of pytest, CI and AWS. Raises TimeoutExpired after 300 seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI", "AWS_"))}
    begun = time.monotonic()
    done = subprocess.run(
        [*map(str, arguments)], cwd=cwd, env={**kept, **(env or {})},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)


def build_wheel(folder: Path) -> Path:
    """Build modproof's wheel into ``folder``. Returns its path."""
    built = command(uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", folder, PACKAGE, cwd=folder)
    assert built.code == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@dataclass(frozen=True)
class Installation:
    """modproof in the virtual environment ``venv``, with a cache that has tools but no results.

    ``seconds`` is the wall time of ``pip install``.
    """

    venv: Path
    seconds: float
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, wheel: Path, extras: str = "") -> Installation:
        """Install ``wheel`` with ``extras``, such as ``[all]``, into a new environment in ``folder``."""
        venv, cache = folder / "venv", folder / "cache"
        made = command(uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, venv, cwd=folder)
        assert made.code == 0, made.stderr
        target = ("--python", venv / "bin" / "python", f"{wheel}{extras}")
        done = command(uv.find_uv_bin(), "pip", "install", "--quiet", *target, cwd=folder)
        assert done.code == 0, done.stderr
        cache.mkdir()
        for name in _INSTALLED:
            kept = cache_folder() / name
            kept.mkdir(parents=True, exist_ok=True)
            (cache / name).symlink_to(kept)
        return cls(venv, done.seconds, {"MODPROOF_CACHE": str(cache)})

    def run(self, program: str, *arguments: str, cwd: Path, **env: str) -> Done:
        """Run a program of the environment in the folder ``cwd``."""
        path = f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return command(self.venv / "bin" / program, *arguments, cwd=cwd, env={"PATH": path, **self.env, **env})
