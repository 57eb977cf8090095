"""Download a program's release from its vendor, verified by SHA-256."""

from __future__ import annotations

import os
import shutil
import tarfile
import urllib.error
import zipfile
from pathlib import Path

from modproof.core.errors import ToolMissing
from modproof.core.progress import Task
from modproof.toolchain.catalog import Tool, platform_name
from modproof.toolchain.connecting import opener
from modproof.toolchain.routes import RouteUnavailable
from modproof.toolchain.store import digest

__all__ = ["fetch", "releases_variable"]

_CHUNK_BYTES = 1 << 20


def releases_variable(tool: Tool) -> str:
    """The environment variable that overrides the base URL of the tool's releases."""
    return f"MODPROOF_{tool.name.upper().replace('-', '_')}_RELEASES"


def fetch(tool: Tool, folder: Path, task: Task) -> Path:
    """Download the tool's archive into ``folder``, verify it and unpack the program; returns the program.

    Raises RouteUnavailable if no release is pinned for this platform or the download fails, and ToolMissing if the hash
    differs: a wrong file must be reported, not silently replaced by another route.
    """
    wanted = None if tool.release is None else tool.release.sha256.get(platform_name())
    if tool.release is None or wanted is None:
        raise RouteUnavailable(f"no release is pinned for {platform_name()}")
    base = os.environ.get(releases_variable(tool)) or tool.release.base_url
    system, _, architecture = platform_name().partition("_")
    name = tool.release.platforms.get(platform_name(), "")
    path = tool.release.path.format(version=tool.version, os=system, arch=architecture, platform=name)
    url = f"{base.rstrip('/')}/{path}"
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
        raise ToolMissing(f"{releases_variable(tool)} must be an https URL, found {base}")
    archive = folder / Path(path).name
    _download(url, archive, task)
    found = digest(archive)
    if found != wanted:
        raise ToolMissing(
            f"{url} is not the pinned {tool.name} {tool.version}: expected SHA-256 {wanted}, found {found}",
            hint=f"set {releases_variable(tool)} to a trusted mirror, or put {tool.name} {tool.version} on PATH",
        )
    task.note("unpacking")
    program = folder / tool.name
    _unpack(archive, tool.name, program)
    archive.unlink()
    return program


def _download(url: str, target: Path, task: Task) -> None:
    host = url.split("/")[2]
    task.note(f"downloading from {host}")
    try:
        with opener().open(url) as response, target.open("wb") as sink:
            total = int(response.headers.get("Content-Length") or 0)
            done = 0
            while chunk := response.read(_CHUNK_BYTES):
                sink.write(chunk)
                done += len(chunk)
                task.note(f"downloading from {host}: {_megabytes(done, total)}")
    except urllib.error.HTTPError as error:
        error.close()
        raise RouteUnavailable(f"{url} answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise RouteUnavailable(f"{host} is unreachable ({reason})") from error


def _megabytes(done: int, total: int) -> str:
    return f"{done >> 20} of {total >> 20} MB" if total else f"{done >> 20} MB"


def _unpack(archive: Path, member: str, target: Path) -> None:
    """Write the file ``member`` of an archive to ``target``; no other name in the archive is used as a path."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped, zipped.open(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        else:
            with tarfile.open(archive) as packed:
                content = packed.extractfile(member)
                if content is None:
                    raise KeyError(member)
                with content as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise RouteUnavailable(f"{archive.name} does not contain {member}") from error
