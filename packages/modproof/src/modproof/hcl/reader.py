"""Reads the Terraform files of a folder, in native and in JSON syntax."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from modproof.hcl.blocks import Attribute, Block, UnreadableHcl, parse
from modproof.hcl.json_syntax import parse_json

__all__ = [
    "Attribute",
    "Block",
    "FolderState",
    "TerraformFile",
    "UnreadableHcl",
    "folder_state",
    "module_blocks",
    "parse",
    "read_folder",
    "terraform_files",
]

FolderState = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class TerraformFile:
    """A file in a module folder. ``top`` holds its blocks, or is None if it is unreadable, with the ``error``."""

    path: Path
    text: str
    top: Block | None
    error: UnreadableHcl | None = None

    @cached_property
    def blocks(self) -> list[Block]:
        """The top-level blocks; none in an unreadable file."""
        return [] if self.top is None else self.top.blocks


def terraform_files(folder: Path) -> list[Path]:
    """The files that Terraform or OpenTofu reads in ``folder``, sorted: no folders and no hidden files.

    Source: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/configs/parser_config_dir.go
    """
    found = [path for ending in ("tf", "tofu") for kind in ("", ".json") for path in folder.glob(f"*.{ending}{kind}")]
    return sorted(path for path in found if not (path.name.startswith(".") or path.is_dir()))


def folder_state(folder: Path) -> FolderState:
    """Names, modification times (ns) and sizes (bytes) of the :func:`terraform_files`, as a key for caches."""
    return tuple(_state(path) for path in terraform_files(folder))


def _state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return path.name, 0, 0  # a broken link
    return path.name, status.st_mtime_ns, status.st_size


def read_folder(folder: Path) -> tuple[TerraformFile, ...]:
    """The Terraform files directly in ``folder``, sorted. Callers must not change the blocks: they are shared."""
    return _read_folder(folder, folder_state(folder))


@lru_cache(maxsize=1024)
def _read_folder(folder: Path, _state: FolderState) -> tuple[TerraformFile, ...]:
    return tuple(_read(path) for path in terraform_files(folder))


def module_blocks(folder: Path, kind: str) -> Iterator[Block]:
    """The top-level blocks of a kind in ``folder``; unreadable files have none."""
    for file in read_folder(folder):
        if file.top is not None:
            yield from file.top.all(kind)


def _read(path: Path) -> TerraformFile:
    try:
        text = _text(path)
    except OSError as error:
        return TerraformFile(path, "", None, UnreadableHcl(f"it cannot be read: {error.strerror}", 1))
    try:
        return TerraformFile(path, text, parse_json(text) if path.name.endswith(".json") else parse(text))
    except UnreadableHcl as error:
        return TerraformFile(path, text, None, error)
    except RecursionError:
        return TerraformFile(path, text, None, UnreadableHcl("brackets are nested too deeply", 1))


def _text(path: Path) -> str:
    # opening a pipe or a device would block
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return path.read_text(encoding="utf-8", errors="replace")
