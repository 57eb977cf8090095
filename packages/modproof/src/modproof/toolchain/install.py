"""Install a missing program into the cache folder: from its release, by a Go build or from a wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from modproof.core.errors import ToolMissing
from modproof.core.progress import SILENT, Progress, Task
from modproof.toolchain import gobuild, release, store, wheel
from modproof.toolchain.catalog import Tool, tool
from modproof.toolchain.locate import Found, Source, search, version_of
from modproof.toolchain.routes import RouteUnavailable

__all__ = ["chosen", "ensure", "find", "kind_of", "remedy"]

_Route = Callable[[Path], Path]

_PROGRAMS = ("terraform", "terraform-oldest", "tofu")


def find(name: str) -> Found | None:
    """The program ``name`` if it is installed in an accepted version; never installs anything."""
    return search(tool(name)).found


def ensure(name: str, progress: Progress = SILENT) -> Path:
    """The path of the program ``name``; installs it if it is missing.

    Safe to call from several processes at once: one installs, the others wait and use the result. Raises ToolMissing
    with every failed attempt and the fix if it cannot be installed.
    """
    wanted = tool(name)
    result = search(wanted)
    if result.found is not None:
        return result.found.path
    refused = "".join(f"; {other.path} is {other.version or 'of unknown version'}" for other in result.refused)
    if not wanted.installable:
        raise ToolMissing(f"{name} {wanted.wanted} is not installed{refused}", hint=remedy(wanted))
    try:
        with (
            progress.task(f"{name} {wanted.version}: install") as task,
            store.exclusively(f"tool-{name}", on_wait=lambda: task.note("another run is installing it")),
        ):
            found = search(wanted).found  # another run may have installed it in the meantime
            return found.path if found is not None else _install(wanted, refused, task, progress)
    except OSError as error:
        raise ToolMissing(
            f"{name} cannot be installed into {store.cache_folder()}: {error.strerror or error}",
            hint="set MODPROOF_CACHE to a writable folder",
        ) from error


def kind_of(program: str) -> str:
    """``terraform`` or ``tofu``, from the file name of ``program``, a name or path."""
    return "tofu" if "tofu" in Path(program).name else "terraform"


def chosen(program: str, progress: Progress = SILENT) -> Found:
    """The Terraform or OpenTofu that the caller selected, by name (installed if missing) or by path.

    Raises ToolMissing if it cannot be installed or its version is not accepted.
    """
    wanted = tool(program if program in _PROGRAMS else kind_of(program))
    if program == wanted.name:
        path = ensure(wanted.name, progress)
        found = search(wanted).found
        return found if found is not None else Found(path, wanted.version, Source.CACHE)
    path = Path(program).expanduser().absolute()
    version = version_of(wanted, path)
    if version is None or not wanted.accepts(version):
        raise ToolMissing(
            f"{program} is not {wanted.name} {wanted.wanted}: found {version or 'no known version'}",
            hint=f"use {', '.join(_PROGRAMS)}, or a path",
        )
    return Found(path, version, Source.PATH)


def remedy(wanted: Tool) -> str:
    """How to install the tool by hand."""
    if wanted.fix:
        return wanted.fix
    advice = [f"put {wanted.name} {wanted.version} on PATH"]
    if wanted.release is not None:
        advice.append(f"set {release.releases_variable(wanted)} to a mirror of its releases")
    if wanted.go is not None and find("go") is None:
        advice.insert(0, tool("go").fix)
    if wanted.wheel is not None:
        advice.insert(0, f"pip install -r {Path(wheel.__file__).parent / 'wheels' / wanted.wheel.requirements}")
    return ", or ".join(advice)


def _install(wanted: Tool, refused: str, task: Task, progress: Progress) -> Path:
    reasons: list[str] = []
    for source, key, route in _routes(wanted, task, progress):
        with store.staging(wanted.name) as folder:
            try:
                program = route(folder)
                program.chmod(0o755)
                version = version_of(wanted, program)
                if version is None or not wanted.accepts(version):
                    raise RouteUnavailable(f"the installed program does not run as {wanted.name} {wanted.version}")
            except RouteUnavailable as reason:
                reasons.append(f"{source}: {reason}")
                continue
            return store.publish(wanted.name, key, folder, program, version=version, source=source)
    raise ToolMissing(
        f"{wanted.name} {wanted.version} is missing and cannot be installed ({'; '.join(reasons)}){refused}",
        hint=remedy(wanted),
    )


def _routes(wanted: Tool, task: Task, progress: Progress) -> Iterator[tuple[str, str, _Route]]:
    """The routes to try, in order: name, cache key and function."""
    if wanted.release is not None:
        yield "release", wanted.version, lambda folder: release.fetch(wanted, folder, task)
    if wanted.go is not None:
        go = _path("go")
        yield "Go build", gobuild.key(wanted), lambda folder: gobuild.build(wanted, go, folder, progress)
    if wanted.wheel is not None:
        uv = None if wanted.name == "uv" else _path("uv")
        yield "wheel", wanted.version, lambda folder: wheel.install(wanted, uv, folder, task)


def _path(name: str) -> Path | None:
    found = find(name)
    return None if found is None else found.path
