"""The second route to a program: a build from ``tools/<tool>/``, whose go.sum pins all that goes into it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.progress import Progress
from modproof.toolchain.catalog import GoBuild, Tool
from modproof.toolchain.routes import RouteClosed

__all__ = ["build", "key", "source_folder"]

# modules come from a proxy that may be slow, and a build has two cores
_TIMEOUT_SECONDS = 20 * 60.0
_ERROR_LINES = 15


def source_folder(name: str) -> Path:
    """The folder with the tool's go.mod and go.sum: the checkout's ``tools/``, else what the wheel took from there."""
    checkout = Path(__file__).parents[5] / "tools"
    packaged = Path(__file__).parent / "gotools"
    return (packaged if packaged.is_dir() else checkout) / name


def key(tool: Tool) -> str:
    """Names a build by its version and by everything that is compiled into it."""
    content = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        path = source_folder(tool.name) / file
        content.update(path.read_bytes() if path.is_file() else b"")
    return f"{tool.version}-go-{content.hexdigest()[:12]}"


def build(tool: Tool, go: Path | None, folder: Path, progress: Progress) -> Path:
    """Compile the tool into ``folder``; returns the program.

    Raises RouteClosed when there is no Go toolchain (``go`` is None), or the build fails: then with the last
    lines that Go printed.
    """
    if tool.go is None:
        raise RouteClosed("it is not a Go program")
    if go is None:
        raise RouteClosed("there is no Go toolchain to build it with")
    source = source_folder(tool.name)
    if not (source / "go.sum").is_file():
        raise RouteClosed(f"its go.mod is not in this installation ({source})")
    program = folder / tool.name
    # CGO off: no C compiler is needed; GOWORK off: a workspace of the caller's must not change what is built
    environment = {**base_environment(), "CGO_ENABLED": "0", "GOWORK": "off"}
    with progress.task(f"{tool.name} {tool.version}: Go modules"):
        listed = _go([str(go), "list", "-mod=readonly", "-deps", tool.go.package], source, environment, tool)
    packages = len(listed.splitlines())
    with progress.task(f"{tool.name} {tool.version}: build, once", total=packages) as task:
        argv = [
            str(go),
            "build",
            "-v",
            "-mod=readonly",
            "-trimpath",
            f"-ldflags={_linker_flags(tool.go, tool.version)}",
        ]
        # -v names each package as it is compiled, on standard error
        merged = ["sh", "-c", 'exec "$0" "$@" 2>&1', *argv, "-o", str(program), tool.go.package]
        completed = process.run(
            merged, cwd=source, env=environment, timeout_seconds=_TIMEOUT_SECONDS, on_line=lambda _: task.advance()
        )
    if completed.returncode != 0:
        raise RouteClosed(f"the build failed: {_tail(completed.stdout)}")
    return program


def _go(argv: list[str], source: Path, environment: dict[str, str], tool: Tool) -> str:
    completed = process.run(argv, cwd=source, env=environment, timeout_seconds=_TIMEOUT_SECONDS)
    if completed.returncode != 0:
        raise RouteClosed(f"the Go modules of {tool.name} cannot be had: {_tail(completed.stderr)}")
    return completed.stdout


def _linker_flags(go: GoBuild, version: str) -> str:
    flags = "-s -w"
    if go.version_variable:
        flags += f" -X {go.version_variable}={go.version_prefix}{version}"
    return flags


def _tail(output: str) -> str:
    lines = [line for line in output.strip().splitlines() if not line.startswith("go: downloading")]
    return "\n".join(lines[-_ERROR_LINES:]) or "Go said nothing"
