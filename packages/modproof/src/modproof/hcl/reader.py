"""Reads the Terraform files of a folder, in native and in JSON syntax."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Literal

from modproof.hcl.blocks import Attribute, Block, UnreadableHcl, parse
from modproof.hcl.overrides import merged
from modproof.hcl.source_text import decoded, parsed

__all__ = [
    "Attribute",
    "Block",
    "FolderState",
    "TerraformFile",
    "UnreadableHcl",
    "folder_state",
    "module_blocks",
    "parse",
    "read_as",
    "read_files",
    "read_folder",
    "terraform_files",
]

_ENDINGS = (".tf", ".tf.json", ".tofu", ".tofu.json")
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
    return [folder / entry.name for entry in _entries(folder)]


def folder_state(folder: Path) -> FolderState:
    """Names, modification times (ns) and sizes (bytes) of the :func:`terraform_files`, as a key for caches."""
    return tuple(_state(entry) for entry in _entries(folder))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    # not with Path.glob, which is several times slower: this runs thousands of times in a plan of many cases
    try:
        with os.scandir(folder) as entries:
            found = [each for each in entries if each.name.endswith(_ENDINGS) and not each.name.startswith(".")]
    except OSError:
        return []
    return sorted((each for each in found if not _is_folder(each)), key=attrgetter("name"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # DirEntry.is_dir raises OSError for a link to itself
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _state(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        status = entry.stat()
    except OSError:
        return entry.name, 0, 0  # a broken link
    return entry.name, status.st_mtime_ns, status.st_size


def read_folder(folder: Path) -> tuple[TerraformFile, ...]:
    """The Terraform files directly in ``folder``, sorted, after override files are merged into the others.

    What an override file sets in a block of another file has it as its ``origin``. Of ``main.tf`` and ``main.tofu``,
    only the first is read. Callers must not change the blocks: they are shared.
    """
    return _read_folder(folder, folder_state(folder))


def read_as(folder: Path, program: Literal["terraform", "tofu"]) -> tuple[TerraformFile, ...]:
    """The files as :func:`read_folder`, but only those that one program reads: OpenTofu prefers ``main.tofu``."""
    files = read_files(folder)
    if program == "terraform":
        return _combined([file for file in files if ".tofu" not in file.path.suffixes])
    names = {file.path.name for file in files}
    return _combined([file for file in files if file.path.name.replace(".tf", ".tofu") not in names - {file.path.name}])


def read_files(folder: Path) -> tuple[TerraformFile, ...]:
    """The Terraform files directly in ``folder``, sorted, each as it is written. Callers must not change the blocks."""
    return _read_files(folder, folder_state(folder))


@lru_cache(maxsize=1024)
def _read_files(folder: Path, _state: FolderState) -> tuple[TerraformFile, ...]:
    return tuple(_read(path) for path in terraform_files(folder))


@lru_cache(maxsize=1024)
def _read_folder(folder: Path, state: FolderState) -> tuple[TerraformFile, ...]:
    files = _read_files(folder, state)
    names = {file.path.name for file in files}
    return _combined([file for file in files if file.path.name.replace(".tofu", ".tf") not in names - {file.path.name}])


def _combined(files: Sequence[TerraformFile]) -> tuple[TerraformFile, ...]:
    tops = merged({file.path: file.top for file in files if file.top is not None})
    return tuple(replace(file, top=tops.get(file.path)) for file in files)


def module_blocks(folder: Path, kind: str) -> Iterator[Block]:
    """The top-level blocks of a kind in ``folder``; unreadable files have none."""
    for file in read_folder(folder):
        if file.top is not None:
            yield from file.top.all(kind)


def _read(path: Path) -> TerraformFile:
    json = path.name.endswith(".json")
    text = ""
    try:
        source = _bytes(path)
        text = decoded(source, json=json)
        return TerraformFile(path, text, parsed(text, source, json=json))
    except OSError as error:
        return TerraformFile(path, "", None, UnreadableHcl(f"it cannot be read: {error.strerror}", 1))
    except UnreadableHcl as error:
        return TerraformFile(path, text, None, error)
    except RecursionError:
        return TerraformFile(path, text, None, UnreadableHcl("brackets are nested too deeply", 1))


def _bytes(path: Path) -> bytes:
    # opening a pipe or a device would block
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return path.read_bytes()
