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
        """The blocks of a file in native syntax; none for JSON, and none for an unreadable file."""
        if path not in self._files:
            file = self._root / path
            found = read_files(file.parent) if path.endswith((".tf", ".tofu")) and file.parent.is_dir() else ()
            self._files[path] = next((each.blocks for each in found if each.path.name == file.name), ())
        return self._files[path]

    def at(self, path: str, line: int) -> Block | None:
        """The block around a line."""
        return next((block for block in self.of(path) if block.line <= line <= block.end), None)

    def at_or_after(self, path: str, line: int) -> Block | None:
        """The block around a line, else the next one, which a comment there refers to."""
        return next((block for block in self.of(path) if line <= block.end), None)
