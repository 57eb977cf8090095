"""The blocks of Terraform files: which resource a line belongs to, and which modules a file calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "BlockIndex", "blocks_of"]

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* | //[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<heredoc> <<-?(?P<mark>[A-Za-z_][\w-]*)[^\n]*\n )
  | (?P<quote> " )
  | (?P<open> [{\[(] )
  | (?P<close> [}\])] )
    """,
    re.VERBOSE | re.DOTALL,
)
_HEADER = re.compile(r'([A-Za-z_][\w-]*)((?:[ \t]+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*)[ \t]*\Z')
_LABEL = re.compile(r'"([^"\n]*)"|([A-Za-z_][\w-]*)')
_LOCAL_SOURCE = re.compile(r'(?<![\w.])source[ \t]*=[ \t]*"(\.{1,2}/[^"$]*)"')


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block. Lines count from 1 and include the braces; ``source`` is a called module's local path."""

    kind: str
    labels: tuple[str, ...]
    start: int
    end: int
    source: str | None = None

    @property
    def address(self) -> str:
        """The address that Terraform gives it within its module, such as ``data.aws_region.this``."""
        kept = self.labels if self.kind == "resource" else (self.kind, *self.labels)
        return ".".join(kept)


def _after_string(text: str, position: int) -> int:
    """The position after the quoted string that begins before ``position``, with its ``${…}`` and ``%{…}``."""
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 2
        elif character == '"':
            return position + 1
        elif text.startswith(("$${", "%%{"), position):
            position += 3
        elif text.startswith(("${", "%{"), position):
            position = _after_expression(text, position + 2)
        else:
            position += 1
    return position


def _after_expression(text: str, position: int) -> int:
    depth = 1
    while depth and position < len(text):
        character = text[position]
        position += 1
        if character == '"':
            position = _after_string(text, position)
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
    return position


def _after_heredoc(text: str, position: int, mark: str) -> int:
    end = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t]*$", re.MULTILINE).search(text, position)
    return end.end() if end else len(text)


def _braces(text: str) -> Iterator[tuple[str, int]]:
    """Every bracket that is code, not string or comment, with its position."""
    position = 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        if match["quote"]:
            position = _after_string(text, position)
        elif match["heredoc"]:
            position = _after_heredoc(text, position, match["mark"])
        elif match["open"]:
            yield "open", match.start()
        elif match["close"]:
            yield "close", match.start()


def blocks_of(text: str) -> list[Block]:
    """The top-level blocks of a file in Terraform's native syntax; what cannot be read is left out."""
    found: list[Block] = []
    depth = 0
    start = 0
    header: re.Match[str] | None = None
    for side, position in _braces(text):
        if side == "open":
            if depth == 0:
                line_start = text.rfind("\n", 0, position) + 1
                header = _HEADER.search(text, line_start, position)
                start = position
            depth += 1
            continue
        depth = max(depth - 1, 0)
        if depth == 0 and header is not None:
            labels = tuple(quoted or bare for quoted, bare in _LABEL.findall(header[2]))
            source = _LOCAL_SOURCE.search(text, start, position) if header[1] == "module" else None
            found.append(
                Block(
                    kind=header[1],
                    labels=labels,
                    start=text.count("\n", 0, start) + 1,
                    end=text.count("\n", 0, position) + 1,
                    source=source[1] if source else None,
                )
            )
            header = None
    return found


class BlockIndex:
    """Blocks by file and line, each file read once. Paths are relative to ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, list[Block]] = {}

    def of(self, path: str) -> list[Block]:
        """The blocks of a file; none for JSON, and none for a file that cannot be read."""
        if path not in self._files:
            try:
                text = (self._root / path).read_text(encoding="utf-8", errors="replace")
            except OSError:
                text = ""
            self._files[path] = blocks_of(text) if path.endswith(".tf") else []
        return self._files[path]

    def at(self, path: str, line: int) -> Block | None:
        """The block around a line."""
        return next((block for block in self.of(path) if block.start <= line <= block.end), None)

    def at_or_after(self, path: str, line: int) -> Block | None:
        """The block around a line, else the next one: what a comment there is about."""
        return next((block for block in self.of(path) if line <= block.end), None)
