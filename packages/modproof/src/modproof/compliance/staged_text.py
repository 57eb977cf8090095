"""The text that scanners read of a module: native syntax, combined as Terraform combines the module's files.

Scanners take an override file for further blocks, and read neither ``.tofu`` files nor a byte-order mark. checkov reads
neither JSON nor a heredoc with CRLF, and tfsec reads not all of JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from modproof.hcl.blocks import Attribute, Block
from modproof.hcl.overrides import is_override
from modproof.hcl.reader import FolderState, TerraformFile, folder_state, read_files, read_folder

__all__ = ["StagedFile", "staged_files"]

_WITHOUT_BLOCKS = frozenset({"locals", "module", "output", "variable"})
"""Blocks in which an object in JSON is always a value, unless Terraform defines a nested block of that name."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of text and where it is from."""

    text: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file called ``name`` in the stage.

    ``text`` is None for a plain copy. Otherwise, ``origins`` has the file and line of each line.
    """

    name: str
    text: str | None = None
    origins: tuple[tuple[Path, int], ...] = ()


def staged_files(folder: Path) -> Mapping[Path, StagedFile | None]:
    """The files in ``folder`` that scanners must read with another name or text; None for those to leave out.

    A file that is not valid is not among them.
    """
    return _staged(folder, folder_state(folder))


@lru_cache(maxsize=1024)
def _staged(folder: Path, _state: FolderState) -> Mapping[Path, StagedFile | None]:
    written = {file.path: file for file in read_files(folder)}
    merges = any(map(is_override, written))
    found: dict[Path, StagedFile | None] = dict.fromkeys(written)
    for file in read_folder(folder):
        staged = None if file.top is None else _file(file, written[file.path], merges=merges)
        if staged is None:
            del found[file.path]
        else:
            found[file.path] = staged
    return found


def _file(merged: TerraformFile, written: TerraformFile, *, merges: bool) -> StagedFile | None:
    """A file that scanners must read differently; None for any other."""
    path = merged.path
    name = path.name.replace(".tofu", ".tf")
    if name.endswith(".json"):
        name = f"{name}.tf"
        rows = [row for block in merged.blocks for row in _block(block, path, "")]
    else:
        rows = list(_rows(merged, written) if merges else _lines(written))
    text = "\n".join(row.text for row in rows)
    if (name, text.encode()) == (path.name, path.read_bytes()):
        return None
    return StagedFile(name, text, tuple((row.path, row.line) for row in rows))


def _lines(file: TerraformFile) -> list[_Row]:
    return [_Row(text, file.path, line) for line, text in enumerate(_split(file.text), 1)]


def _rows(merged: TerraformFile, written: TerraformFile) -> Iterator[_Row]:
    """The lines of a file in native syntax, with the blocks that other files change written anew."""
    kept = {id(block) for block in merged.blocks}
    known = {id(block) for block in written.blocks}
    changed = {block.line: block for block in merged.blocks if id(block) not in known}
    lines = _lines(written)
    position = 0
    for block in written.blocks:
        if id(block) not in kept:
            yield from lines[position : block.line - 1]
            if block.line in changed:
                yield from _block(changed[block.line], written.path, "")
            position = block.end
    yield from lines[position:]


def _block(block: Block, path: Path, indent: str) -> Iterator[_Row]:
    path = block.origin or path
    labels = "".join(f" {json.dumps(label, ensure_ascii=False)}" for label in block.labels)
    yield _Row(f"{indent}{block.kind}{labels} {{", path, block.line)
    values = _values(block)
    for attribute in block.attributes:
        if attribute.name in values:
            yield from _attribute(attribute, path, f"{indent}  ")
    for inner in block.blocks:
        if inner.kind not in values:
            yield from _block(inner, path, f"{indent}  ")
    yield _Row(f"{indent}}}", path, block.end)


def _values(block: Block) -> set[str]:
    """The names of the attributes: the reader lists an object in JSON both as an attribute and as a block."""
    kinds = {inner.kind for inner in block.blocks}
    return {
        each.name
        for each in block.attributes
        if each.name not in kinds
        or block.kind in _WITHOUT_BLOCKS
        or (each.text.startswith("{") and each.name in _map_arguments())
    }


@cache
def _map_arguments() -> frozenset[str]:
    """Names of arguments that are maps, by data/map-arguments.json. Only a provider's schema says it for certain.

    The table has the arguments that are maps at least as often as blocks in version 5.100.0 of the AWS provider, and
    common ones of other providers.
    """
    text = resources.files("modproof.compliance").joinpath("data/map-arguments.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text))


def _attribute(attribute: Attribute, path: Path, indent: str) -> Iterator[_Row]:
    for offset, text in enumerate(_split(f"{indent}{attribute.name} = {attribute.text}")):
        yield _Row(text, attribute.origin or path, attribute.line + offset)


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")
