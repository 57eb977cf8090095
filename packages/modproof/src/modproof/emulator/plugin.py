"""The localstack-sagemaker plug-in that goes with the project, as a folder for the server's ``PYTHONPATH``.

It stays out of LocalStack's environment, which only the lock file decides: the plug-in changes with every commit.
An overlay's name is the hash of what it was made from, so nothing is built, and no network touched, when nothing
has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
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

__all__ = ["DISTRIBUTION", "origin", "overlay"]

DISTRIBUTION = "localstack-sagemaker"
_BUILT = frozenset({"__pycache__", "build", "dist", "tests"})
_PARTIAL = ".partial-"
_KEPT_SECONDS = 7 * 24 * 3600.0


def overlay(project: Project, environment: venv.Environment) -> Path | None:
    """The folder with the plug-in: from the checkout, else from what is installed beside modproof, else None.

    Raises EmulatorError when it cannot be built.
    """
    source = _source_folder(project)
    if source is not None:
        files = [path for path in sorted(source.rglob("*")) if _counts(path.relative_to(source), path)]
        key = _digest([(path.relative_to(source).as_posix(), path) for path in files] + [("build", venv.BUILD_LOCK)])
        return _kept(key, lambda target: _build(source, files, target, environment))
    installed = _installed_files()
    if not installed:
        return None
    return _kept(_digest(installed), lambda target: _copy(installed, target))


def origin(project: Project) -> str:
    """Where the plug-in would come from: a folder, or the installed version; empty when it is nowhere."""
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


def _counts(relative: Path, path: Path) -> bool:
    hidden = any(part.startswith(".") or part in _BUILT or part.endswith(".egg-info") for part in relative.parts)
    return path.is_file() and not hidden


def _installed_files() -> list[tuple[str, Path]]:
    """The installed plug-in's files by their path in site-packages; none when it is not installed."""
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


def _kept(key: str, fill: Callable[[Path], None]) -> Path:
    home = venv.emulator_cache() / "overlays"
    home.mkdir(parents=True, exist_ok=True)
    target = home / key
    if not target.is_dir():
        with exclusively("emulator-overlay"):
            _drop_old(home)
            if not target.is_dir():
                aside = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=home))
                try:
                    fill(aside)
                    aside.chmod(0o755)
                    aside.rename(target)
                finally:
                    shutil.rmtree(aside, ignore_errors=True)
    os.utime(target)
    return target


def _drop_old(home: Path) -> None:
    for folder in home.iterdir():
        unused = time.time() - folder.stat().st_mtime > _KEPT_SECONDS
        if unused or folder.name.startswith(_PARTIAL):
            shutil.rmtree(folder, ignore_errors=True)


def _build(source: Path, files: Iterable[Path], target: Path, environment: venv.Environment) -> None:
    with process.temporary_folder("plugin") as folder:
        for path in files:  # built from a copy: some build tools write into the source folder
            copy = folder / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        where: list[str | Path] = ["--python", environment.python, "--target", target]
        arguments = ["pip", "install", "--quiet", "--no-deps", *where, "--build-constraints", venv.BUILD_LOCK, folder]
        doing = f"build {DISTRIBUTION} from {source}"
        with contextlib.suppress(EmulatorError):
            return venv.uv([*arguments, "--offline"], doing=doing)
        return venv.uv(arguments, doing=doing)


def _copy(files: Iterable[tuple[str, Path]], target: Path) -> None:
    for name, path in files:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
