"""Which files a module is made of: its own, those of the local modules it calls, and those it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

__all__ = ["closure", "module_folders"]

_LOCAL_SOURCE = re.compile(r'"?source"?\s*[=:]\s*"(\.{1,2}/[^"$]*)"')
_OUTSIDE = re.compile(r"\$\{path\.module\}/((?:\.\./)+[^\"$]*)")
_SKIPPED_FOLDERS = frozenset({"examples", "example", "tests", "test", "wrappers"})


def _terraform_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.tf"), *folder.glob("*.tf.json")])


@lru_cache(maxsize=4096)
def _text(path: Path, _mtime_ns: int, _size: int) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _read(path: Path) -> str:
    status = path.stat()
    return _text(path, status.st_mtime_ns, status.st_size)


def module_folders(folder: Path) -> list[Path]:
    """``folder`` and the folders of all local modules that it calls, directly or not, each once, sorted."""
    found: set[Path] = set()
    waiting = [folder.resolve()]
    while waiting:
        current = waiting.pop()
        if current in found or not current.is_dir():
            continue
        found.add(current)
        for path in _terraform_files(current):
            waiting += [(current / match[1]).resolve() for match in _LOCAL_SOURCE.finditer(_read(path))]
    return sorted(found)


def closure(folder: Path) -> list[Path]:
    """Every file that a plan of the module in ``folder`` can depend on, absolute and sorted.

    Documentation is left out unless the module names it, and so are examples and tests below the module.
    """
    files: set[Path] = set()
    for module in module_folders(folder):
        sources = _terraform_files(module)
        texts = "".join(_read(path) for path in sources)
        files.update(path for path in _files_below(module, module_folder=module) if _counts(path, texts))
        for match in _OUTSIDE.finditer(texts):
            files.update(_static_target(module / match[1]))
    return sorted(files)


def _counts(path: Path, texts: str) -> bool:
    return path.suffix != ".md" or path.name in texts


def _files_below(folder: Path, *, module_folder: Path | None = None) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and path.name != ".terraform.lock.hcl":
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not (folder == module_folder and path.name in _SKIPPED_FOLDERS):
            yield from _files_below(path)


def _static_target(target: Path) -> list[Path]:
    """The file at ``target``, or, where the rest of the path is computed, all files of the folder that is known."""
    resolved = target.resolve()
    if resolved.is_file():
        return [resolved]
    folder = resolved if resolved.is_dir() else resolved.parent
    return list(_files_below(folder)) if folder.is_dir() else []
