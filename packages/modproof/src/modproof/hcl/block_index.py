"""Finds the top-level block around a line of a Terraform file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modproof.hcl.reader import Block, read_files

__all__ = ["BlockIndex"]


class BlockIndex:
    """Top-level blocks by file and line. Paths are relative to ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, Sequence[Block]] = {}

    def of(self, path: str) -> Sequence[Block]:
        """The blocks of a Terraform file; none for another file, and none for an unreadable one."""
        if path not in self._files:
            file = self._root / path
            found = read_files(file.parent) if file.parent.is_dir() else ()
            self._files[path] = next((each.blocks for each in found if each.path.name == file.name), ())
        return self._files[path]

    def at(self, path: str, line: int, name: str = "") -> Block | None:
        """The block around a line. Of several, as JSON may have, the one with ``name`` at the end of its address."""
        around = [block for block in self.of(path) if block.line <= line <= block.end]
        named = [block for block in around if f".{block.address}".endswith(f".{name}")]
        return next(iter(named or around), None)

    def at_or_after(self, path: str, line: int) -> Block | None:
        """The block around a line, else the next one, which a comment there refers to."""
        return next((block for block in self.of(path) if line <= block.end), None)
