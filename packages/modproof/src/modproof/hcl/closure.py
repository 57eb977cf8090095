"""The files and folders that a module depends on: its own, those of the modules it calls, and those it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from modproof.hcl.expressions import expression
from modproof.hcl.reader import Block, FolderState, folder_state, module_blocks, read_folder
from modproof.hcl.templates import module_paths

__all__ = ["closure", "fetched_sources", "floating_sources", "local_source", "module_folders"]

_SKIPPED_FOLDERS = frozenset({"examples", "example", "tests", "test", "wrappers"})
# a module at the root of a repository contains the whole repository
_NEVER_READ = frozenset({"__pycache__", "node_modules"})
_VERSION_REF = re.compile(r"[?&]ref=(v?\d+(\.\d+)+([-+.][\w.+-]*)?|[0-9a-f]{7,40})(&|$)")
_EXACT_VERSION = re.compile(r"=?\s*\d+\.\d+\.\d+([-+][\w.+-]+)?")


def local_source(block: Block) -> str | None:
    """The ``source`` of a ``module`` block if it is a local path, else None.

    Source: https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
    """
    source = block.literal("source") or ""
    return source if source.startswith(("./", "../")) or source in (".", "..") else None


def module_folders(folder: Path) -> list[Path]:
    """``folder`` and the folders of all local modules it calls, directly or indirectly, resolved and sorted."""
    found: set[Path] = set()
    waiting = [folder.resolve()]
    while waiting:
        current = waiting.pop()
        if current not in found and current.is_dir():
            found.add(current)
            sources = map(local_source, module_blocks(current, "module"))
            waiting += [(current / source).resolve() for source in sources if source is not None]
    return sorted(found)


def fetched_sources(folder: Path) -> list[str]:
    """The remote module sources that the module or its local modules use, sorted."""
    found = {_source(block) for module in module_folders(folder) for block in module_blocks(module, "module")}
    return sorted(filter(None, found))


def floating_sources(folder: Path) -> list[str]:
    """The remote module sources, used by the module or its local modules, that can change without notice.

    A git source is pinned by a ``ref`` that is a version or a commit, a registry source by an exact version.
    """
    return sorted({source for module in module_folders(folder) for source in _floating(module, folder_state(module))})


@lru_cache(maxsize=1024)
def _floating(folder: Path, _state: FolderState) -> frozenset[str]:
    return frozenset(
        source
        for block in module_blocks(folder, "module")
        if (source := _source(block)) and not _is_pinned(source, block.literal("version"))
    )


def _source(block: Block) -> str:
    """The ``source`` of a ``module`` block if it is remote, else an empty string."""
    return "" if local_source(block) is not None else block.literal("source") or block.text("source").strip('"')


def _is_pinned(source: str, version: str | None) -> bool:
    return bool(_VERSION_REF.search(source) or (version is not None and _EXACT_VERSION.fullmatch(version)))


def closure(folder: Path) -> list[Path]:
    """Every file that a plan of the module in ``folder`` can depend on, absolute and sorted.

    Documentation counts only if the module names it. Examples, tests and nested modules below the module are left
    out, except for the nested modules that it calls.
    """
    files: set[Path] = set()
    for module in module_folders(folder):
        texts = "".join(file.text for file in read_folder(module))
        paths = _paths(module, folder_state(module))
        reads_modules = any(re.match(r"/modules\b", path) for path in paths)
        skipped = _SKIPPED_FOLDERS if reads_modules else _SKIPPED_FOLDERS | {"modules"}
        files.update(path for path in _files_below(module, skipped) if path.suffix != ".md" or path.name in texts)
        for path in paths:
            if path.startswith("/../"):
                files.update(_static_target(module / path[1:]))
    return sorted(files)


@lru_cache(maxsize=1024)
def _paths(folder: Path, _state: FolderState) -> frozenset[str]:
    """The constant text that the module appends to ``path.module``, for each use."""
    waiting = [file.top for file in read_folder(folder) if file.top is not None]
    found: set[str] = set()
    while waiting:
        block = waiting.pop()
        waiting += block.blocks
        for attribute in block.attributes:
            if "path.module" in attribute.text and (root := expression(attribute.text)) is not None:
                found.update(module_paths(root))
    return frozenset(found)


def _files_below(folder: Path, skipped: frozenset[str] = frozenset()) -> Iterator[Path]:
    """All files below ``folder``, without the ``skipped`` folders directly in it."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and path.name != ".terraform.lock.hcl":
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and path.name not in skipped | _NEVER_READ and not (path / "pyvenv.cfg").exists():
            yield from _files_below(path)


def _static_target(target: Path) -> list[Path]:
    """The file at ``target``; all files of the last known folder if the rest of the path is computed."""
    resolved = target.resolve()
    if resolved.is_file():
        return [resolved]
    folder = resolved if resolved.is_dir() else resolved.parent
    return list(_files_below(folder)) if folder.is_dir() else []
