"""The localstack-sagemaker plug-in as an overlay: a folder for the ``PYTHONPATH`` of the server.

It is not installed into LocalStack's environment, because that depends only on the lock file and the plug-in changes
with every commit. Overlays are named by the hash of their sources: without a change, nothing is built or downloaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from modproof.core import process
from modproof.core.errors import EmulatorError
from modproof.core.project import Project
from modproof.emulator import venv
from modproof.toolchain import exclusively
from modproof.toolchain.store import partial_folder

__all__ = ["DISTRIBUTION", "SERVICES", "origin", "overlay"]

DISTRIBUTION = "localstack-sagemaker"
SERVICES = frozenset(
    {
        "application-autoscaling",
        "budgets",
        "ecr",
        "sagemaker",
        "sagemaker-a2i-runtime",
        "sagemaker-edge",
        "sagemaker-featurestore-runtime",
        "sagemaker-geospatial",
        "sagemaker-metrics",
        "sagemaker-runtime",
    }
)
"""The services that LocalStack gets from the plug-in."""
_EXCLUDED = frozenset({"__pycache__", "build", "dist", "tests"})
_MAX_UNUSED_SECONDS = 7 * 24 * 3600.0


def overlay(project: Project, environment: venv.Environment) -> Path | None:
    """The folder with the plug-in, from the checkout or from modproof's own environment; None if it is in neither.

    Raises EmulatorError if the build fails.
    """
    source = _source_folder(project)
    if source is not None:
        files = [path for path in sorted(source.rglob("*")) if _is_source(path.relative_to(source), path)]
        key = _digest([(path.relative_to(source).as_posix(), path) for path in files] + [("build", venv.BUILD_LOCK)])
        return _cached(key, lambda target: _build(source, files, target, environment))
    installed = _installed_files()
    if not installed:
        return None
    return _cached(_digest(installed), lambda target: _copy(installed, target))


def origin(project: Project) -> str:
    """The source of the plug-in: a folder, or the name and installed version; empty if it is not installed."""
    source = _source_folder(project)
    if source is not None:
        return project.relative(source)
    try:
        return f"{DISTRIBUTION} {metadata.version(DISTRIBUTION)}"
    except metadata.PackageNotFoundError:
        return ""


def _source_folder(project: Project) -> Path | None:
    folder = project.root / "packages" / DISTRIBUTION
    if (folder / "pyproject.toml").is_file():
        return folder
    try:
        link = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    described = json.loads(link) if link else {}
    if not described.get("dir_info", {}).get("editable"):
        return None
    editable = Path(unquote(urlsplit(described["url"]).path))
    return editable if (editable / "pyproject.toml").is_file() else None


def _is_source(relative: Path, path: Path) -> bool:
    excluded = any(part.startswith(".") or part in _EXCLUDED or part.endswith(".egg-info") for part in relative.parts)
    return path.is_file() and not excluded


def _installed_files() -> list[tuple[str, Path]]:
    """The path in site-packages and on disk of each file of the installed plug-in."""
    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    return [
        (file.as_posix(), Path(str(file.locate())))
        for file in files
        if ".." not in file.parts and "__pycache__" not in file.parts
    ]


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _cached(key: str, fill: Callable[[Path], None]) -> Path:
    """The overlay ``key`` in the cache folder; if it is missing, ``fill`` writes its files."""
    home = venv.emulator_cache() / "overlays"
    home.mkdir(parents=True, exist_ok=True)
    target = home / key
    if not target.is_dir():
        with exclusively("emulator-overlay"):
            _delete_unused(home)
            if not target.is_dir():
                with partial_folder(home) as partial:
                    fill(partial)
                    partial.rename(target)
    os.utime(target)
    return target


def _delete_unused(home: Path) -> None:
    for folder in home.iterdir():
        if time.time() - folder.stat().st_mtime > _MAX_UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _build(source: Path, files: Iterable[Path], target: Path, environment: venv.Environment) -> None:
    with process.temporary_folder("plugin") as folder:
        for path in files:  # a copy, because some build tools write into the source folder
            copy = folder / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        where: list[str | Path] = ["--python", environment.python, "--target", target]
        arguments = ["pip", "install", "--quiet", "--no-deps", *where, "--build-constraints", venv.BUILD_LOCK, folder]
        goal = f"build {DISTRIBUTION} from {source}"
        with contextlib.suppress(EmulatorError):
            return venv.uv([*arguments, "--offline"], goal=goal)
        return venv.uv(arguments, goal=goal)


def _copy(files: Iterable[tuple[str, Path]], target: Path) -> None:
    for name, path in files:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
