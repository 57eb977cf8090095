"""Find installed programs, and those that are refused because of their version."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, TimedOut
from modproof.toolchain import gobuild, store
from modproof.toolchain.catalog import Tool

__all__ = ["Found", "Search", "Source", "search", "version_of"]

_VERSION_TIMEOUT_SECONDS = 30.0
_versions: dict[tuple[str, int, int], str | None] = {}


class Source(StrEnum):
    """Where a program was found."""

    PATH = "PATH"
    ENVIRONMENT = "Python environment"
    """The scripts folder of the Python that runs modproof, even if it is not on PATH."""
    CACHE = "cache"


@dataclass(frozen=True, slots=True)
class Found:
    """An installed program."""

    path: Path
    version: str
    source: Source


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search. ``refused`` are programs with that name and another version ('' if unknown)."""

    found: Found | None
    refused: tuple[Found, ...] = ()


def search(tool: Tool) -> Search:
    """Search PATH, the Python environment and the cache folder, in that order."""
    refused: list[Found] = []
    for path, source in _candidates(tool.name):
        version = version_of(tool, path)
        candidate = Found(path, version or "", source)
        if version is not None and tool.accepts(version):
            return Search(candidate, tuple(refused))
        refused.append(candidate)
    builds = (gobuild.key(tool),) if tool.go is not None else ()
    for key in (tool.version, *builds) if tool.version else ():
        program = store.installed(tool.name, key)
        if program is not None:
            return Search(Found(program, tool.version, Source.CACHE), tuple(refused))
    return Search(None, tuple(refused))


def version_of(tool: Tool, path: Path) -> str | None:
    """The version that the program at ``path`` prints; None if it does not run or prints no known version."""
    try:
        stat = path.stat()
    except OSError:
        return None
    identity = (str(path), stat.st_mtime_ns, stat.st_size)
    if identity not in _versions:
        _versions[identity] = _printed_version(tool, path)
    return _versions[identity]


def _printed_version(tool: Tool, path: Path) -> str | None:
    environment = {**base_environment(), **tool.extra_environment}
    try:
        completed = process.run(
            [str(path), *tool.version_arguments], env=environment, timeout_seconds=_VERSION_TIMEOUT_SECONDS
        )
    except (CommandFailed, TimedOut):
        return None
    if completed.returncode != 0:
        return None
    match = re.search(tool.version_pattern, completed.stdout)
    return match.group(1) if match else None


def _candidates(name: str) -> Iterator[tuple[Path, Source]]:
    """Every executable with that name: a refused version early on PATH does not hide an accepted one later."""
    folders = [(folder, Source.PATH) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    folders.append((sysconfig.get_path("scripts"), Source.ENVIRONMENT))
    seen: set[str] = set()
    for folder, source in folders:
        path = Path(folder).absolute() / name
        real = os.path.realpath(path)
        if real not in seen and path.is_file() and os.access(path, os.X_OK):
            seen.add(real)
            yield path, source
