"""Gets a program that is not there: by its release, by a Go build or by its wheel, into the cache folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from modproof.core.errors import ToolMissing
from modproof.core.progress import SILENT, Progress, Task
from modproof.toolchain import gobuild, release, store, wheel
from modproof.toolchain.catalog import Tool, tool
from modproof.toolchain.locate import Found, Source, search, version_of
from modproof.toolchain.routes import RouteClosed

__all__ = ["chosen", "ensure", "find", "kind_of", "remedy"]

_Route = Callable[[Path], Path]


def find(name: str) -> Found | None:
    """The program ``name`` where it is there in a version that may be used; never installs anything."""
    return search(tool(name)).found


def ensure(name: str, progress: Progress = SILENT) -> Path:
    """The program ``name``, installed first where it is not there.

    Safe to call from several processes at once: one installs, the others wait and use it. Raises ToolMissing,
    with every route that was tried and what a person can do, when it cannot be had.
    """
    wanted = tool(name)
    result = search(wanted)
    if result.found is not None:
        return result.found.path
    others = "".join(f"; {other.path} is {other.version or 'of unknown version'}" for other in result.refused)
    if not wanted.installable:
        raise ToolMissing(f"{name} {wanted.wanted} is not there{others}", hint=remedy(wanted))
    try:
        with (
            progress.task(f"{name} {wanted.version}: install") as task,
            store.exclusively(f"tool-{name}", on_wait=lambda: task.note("another run is installing it")),
        ):
            found = search(wanted).found  # by the run that was waited for
            return found.path if found is not None else _install(wanted, others, task, progress)
    except OSError as error:
        raise ToolMissing(
            f"{name} cannot be installed into {store.cache_folder()}: {error.strerror or error}",
            hint="name a folder that you may write to in MODPROOF_CACHE",
        ) from error


def kind_of(program: str) -> str:
    """Whether ``program``, a name or path, is ``terraform`` or ``tofu``, by its file name."""
    return "tofu" if "tofu" in Path(program).name else "terraform"


def chosen(program: str, progress: Progress = SILENT) -> Found:
    """The Terraform or OpenTofu that somebody asked for: by name, installed where it is missing, or by path.

    Raises ToolMissing when it cannot be had, or is of a version that may not be used.
    """
    wanted = tool(kind_of(program))
    if program == wanted.name:
        path = ensure(wanted.name, progress)
        found = search(wanted).found
        return found if found is not None else Found(wanted.name, path, wanted.version, Source.CACHE)
    path = Path(program).expanduser().absolute()
    version = version_of(wanted, path)
    if version is None or not wanted.accepts(version):
        raise ToolMissing(
            f"{program} is not {wanted.name} {wanted.wanted}{f' but {version}' if version else ''}",
            hint="name terraform, tofu, or the path of one",
        )
    return Found(wanted.name, path, version, Source.PATH)


def remedy(wanted: Tool) -> str:
    """What a person can do to get the tool where the harness cannot."""
    if wanted.mend:
        return wanted.mend
    advice = [f"put {wanted.name} {wanted.version} on PATH"]
    if wanted.release is not None:
        advice.append(f"name a mirror of its releases in {release.releases_variable(wanted)}")
    if wanted.go is not None and find("go") is None:
        advice.insert(0, tool("go").mend)
    if wanted.wheel is not None:
        advice.insert(0, f"pip install -r {Path(wheel.__file__).parent / 'wheels' / wanted.wheel.requirements}")
    return ", or ".join(advice)


def _install(wanted: Tool, others: str, task: Task, progress: Progress) -> Path:
    reasons: list[str] = []
    for source, key, route in _routes(wanted, task, progress):
        with store.staging(wanted.name) as folder:
            try:
                program = route(folder)
                program.chmod(0o755)
                version = version_of(wanted, program)
                if version is None or not wanted.accepts(version):
                    raise RouteClosed(f"what came does not run as {wanted.name} {wanted.version}")
            except RouteClosed as closed:
                reasons.append(f"{source}: {closed}")
                continue
            return store.publish(wanted.name, key, folder, program, version=version, source=source)
    raise ToolMissing(
        f"{wanted.name} {wanted.version} is not there and cannot be installed ({'; '.join(reasons)}){others}",
        hint=remedy(wanted),
    )


def _routes(wanted: Tool, task: Task, progress: Progress) -> Iterator[tuple[str, str, _Route]]:
    """What is tried, in order: the route's name, the key that its result is kept under, and the route."""
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
