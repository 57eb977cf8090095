"""Build a Go program from ``tools/<tool>/``, where go.sum pins all of its dependencies."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import ModproofError
from modproof.core.progress import Progress, Task
from modproof.toolchain import store
from modproof.toolchain.catalog import GoBuild, Tool
from modproof.toolchain.routes import RouteUnavailable

__all__ = ["build", "key", "source_folder"]

# the module proxy may be slow, and the machine may have only two cores
_TIMEOUT_SECONDS = 20 * 60.0
_ERROR_LINES = 15
_ENVIRONMENT = {
    "CGO_ENABLED": "0",  # no C compiler is needed
    "GOWORK": "off",  # the caller's workspace must not change the build
    # the compiler of a package collects garbage only near the limit, which few reach: https://go.dev/doc/gc-guide
    "GOGC": "off",
    "GOMEMLIMIT": "700MiB",
}
_WITHOUT_DEBUGGER = "-dwarf=false"
"""The linker drops what only debuggers read, so the compiler need not write it."""
_CLIENTS = (
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/aws/aws-sdk-go/service/...",
    "github.com/aws/aws-sdk-go-v2/service/...",
    "github.com/envoyproxy/...",
)
"""Generated clients of clouds, large and hardly used: their functions are not inlined, which saves a third of their
time. Source of the flags: https://pkg.go.dev/cmd/compile"""


def source_folder(name: str) -> Path:
    """The folder with the tool's go.mod and go.sum: in the checkout's ``tools/`` or, if installed, in the wheel."""
    checkout = Path(__file__).parents[5] / "tools"
    packaged = Path(__file__).parent / "gotools"
    return (packaged if packaged.is_dir() else checkout) / name


def key(tool: Tool) -> str:
    """The cache key of a build: the tool's version and a hash of its go.mod and go.sum."""
    content = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        path = source_folder(tool.name) / file
        content.update(path.read_bytes() if path.is_file() else b"")
    return f"{tool.version}-go-{content.hexdigest()[:12]}"


def build(tool: Tool, go: Path | None, folder: Path, progress: Progress) -> Path:
    """Compile the tool into ``folder``; returns the program.

    Raises RouteUnavailable if there is no Go toolchain (``go`` is None), and if the build fails, with the last lines
    that Go printed.
    """
    if tool.go is None:
        raise RouteUnavailable("not a Go program")
    if go is None:
        raise RouteUnavailable("no Go toolchain found")
    source = source_folder(tool.name)
    if not (source / "go.sum").is_file():
        raise RouteUnavailable(f"its go.mod is not part of this installation ({source})")
    program = folder / tool.name
    environment = {**base_environment(), **_ENVIRONMENT}
    with progress.task(f"{tool.name} {tool.version}: Go modules"):
        listed = _go([str(go), "list", "-mod=readonly", "-deps", tool.go.package], source, environment, tool)
    packages = len(listed.splitlines())
    with progress.task(f"{tool.name} {tool.version}: build (once)", total=packages) as task, _in_turn(task):
        flags = [*_compiler_flags(), f"-ldflags={_linker_flags(tool.go, tool.version)}"]
        argv = [str(go), "build", "-v", "-mod=readonly", "-trimpath", *flags]
        # -v prints each compiled package to standard error
        merged = ["sh", "-c", 'exec "$0" "$@" 2>&1', *argv, "-o", str(program), tool.go.package]
        completed = process.run(
            merged, cwd=source, env=environment, timeout_seconds=_TIMEOUT_SECONDS, on_line=lambda _: task.advance()
        )
    if completed.returncode != 0:
        raise RouteUnavailable(f"the build failed: {_tail(completed.stdout)}")
    return program


@contextlib.contextmanager
def _in_turn(task: Task) -> Iterator[None]:
    """Wait for other builds: the programs share packages, such as those of Go, which Go then compiles once."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ModproofError):  # half an hour of other builds, which is no reason to fail
            stack.enter_context(
                store.exclusively("go-build", on_wait=lambda: task.note("another program is being built"))
            )
        task.note("")
        yield


def _go(argv: list[str], source: Path, environment: dict[str, str], tool: Tool) -> str:
    completed = process.run(argv, cwd=source, env=environment, timeout_seconds=_TIMEOUT_SECONDS)
    if completed.returncode != 0:
        raise RouteUnavailable(f"the Go modules of {tool.name} cannot be downloaded: {_tail(completed.stderr)}")
    return completed.stdout


def _compiler_flags() -> list[str]:
    """The last pattern that matches a package counts."""
    return [
        f"-gcflags=all={_WITHOUT_DEBUGGER}",
        *(f"-gcflags={clients}={_WITHOUT_DEBUGGER} -l" for clients in _CLIENTS),
    ]


def _linker_flags(go: GoBuild, version: str) -> str:
    values = [f"-X {name}={value.format(version=version)}" for name, value in go.variables.items()]
    return " ".join(["-s -w", *values])


def _tail(output: str) -> str:
    lines = [line for line in output.strip().splitlines() if not line.startswith("go: downloading")]
    return "\n".join(lines[-_ERROR_LINES:]) or "no output"
