"""Which files a module is made of: its own, those of the local modules it calls, and those it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from modproof.hcl import Block, read_folder, terraform_files, terraform_state

__all__ = ["closure", "floating_sources", "module_folders"]

_LOCAL_SOURCE = re.compile(r'"?source"?\s*[=:]\s*"(\.{1,2}/[^"$]*)"')
_OUTSIDE = re.compile(r"\$\{path\.module\}/((?:\.\./)+[^\"$]*)")
_SKIPPED_FOLDERS = frozenset({"examples", "example", "tests", "test", "wrappers"})
# a module at a repository's root has all of the repository below it
_NEVER_READ = frozenset({"__pycache__", "node_modules"})
_IN_MODULES = re.compile(r"\$\{path\.module\}/modules\b")
_REF = re.compile(r"[?&]ref=(v?\d+(\.\d+)+([-+.][\w.+-]*)?|[0-9a-f]{7,40})(&|$)")
_EXACT = re.compile(r"=?\s*\d+\.\d+\.\d+([-+][\w.+-]+)?")


@lru_cache(maxsize=4096)
def _text(path: Path, _mtime_ns: int, _size: int) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _read(path: Path) -> str:
    """The file's text; none where it cannot be read, of which Terraform says more."""
    try:
        status = path.stat()
        return _text(path, status.st_mtime_ns, status.st_size) if path.is_file() else ""
    except OSError:
        return ""


def module_folders(folder: Path) -> list[Path]:
    """``folder`` and the folders of all local modules that it calls, directly or not, each once, sorted."""
    found: set[Path] = set()
    waiting = [folder.resolve()]
    while waiting:
        current = waiting.pop()
        if current in found or not current.is_dir():
            continue
        found.add(current)
        for path in terraform_files(current):
            waiting += [(current / match[1]).resolve() for match in _LOCAL_SOURCE.finditer(_read(path))]
    return sorted(found)


def floating_sources(folder: Path) -> list[str]:
    """The sources, called by the module in ``folder`` or by a local one that it calls, that may change by themselves.

    A git source is pinned by a ``ref`` that is a version or a commit, a registry source by an exact version.
    """
    found: set[str] = set()
    for module in module_folders(folder):
        found |= _floating(module, terraform_state(module))
    return sorted(found)


@lru_cache(maxsize=1024)
def _floating(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> frozenset[str]:
    calls = [call for _, top, _ in read_folder(folder) if isinstance(top, Block) for call in top.all("module")]
    written = [{attribute.name: attribute.text.strip('"') for attribute in call.attributes} for call in calls]
    return frozenset(
        call["source"]
        for call in written
        if "source" in call and not call["source"].startswith(".") and not _pinned(call["source"], call.get("version"))
    )


def _pinned(source: str, version: str | None) -> bool:
    return bool(_REF.search(source) or (version is not None and _EXACT.fullmatch(version)))


def closure(folder: Path) -> list[Path]:
    """Every file that a plan of the module in ``folder`` can depend on, absolute and sorted.

    Documentation is left out unless the module names it, and so are examples, tests and modules below the module; of
    the latter those that it calls are there.
    """
    files: set[Path] = set()
    for module in module_folders(folder):
        sources = terraform_files(module)
        texts = "".join(_read(path) for path in sources)
        skipped = _SKIPPED_FOLDERS if _IN_MODULES.search(texts) else _SKIPPED_FOLDERS | {"modules"}
        files.update(path for path in _files_below(module, skipped) if _counts(path, texts))
        for match in _OUTSIDE.finditer(texts):
            files.update(_static_target(module / match[1]))
    return sorted(files)


def _counts(path: Path, texts: str) -> bool:
    return path.suffix != ".md" or path.name in texts


def _files_below(folder: Path, skipped: frozenset[str] = frozenset()) -> Iterator[Path]:
    """All files below ``folder``; the folders directly in it that are ``skipped`` are left out."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and path.name != ".terraform.lock.hcl":
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and path.name not in skipped | _NEVER_READ and not (path / "pyvenv.cfg").exists():
            yield from _files_below(path)


def _static_target(target: Path) -> list[Path]:
    """The file at ``target``, or, where the rest of the path is computed, all files of the folder that is known."""
    resolved = target.resolve()
    if resolved.is_file():
        return [resolved]
    folder = resolved if resolved.is_dir() else resolved.parent
    return list(_files_below(folder)) if folder.is_dir() else []
