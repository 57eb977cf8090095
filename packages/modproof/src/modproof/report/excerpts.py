"""The source around a finding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.block_index import BlockIndex
from modproof.report.scrub import clean, shorten

__all__ = ["Excerpt", "Excerpts", "Line"]

_LINES = 14
_BEFORE = 4
_LINE_LIMIT = 200
_FILE_LIMIT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A numbered line; ``marked`` if a finding is at it."""

    number: int
    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file. ``more`` is the number of lines of the block that follow."""

    lines: tuple[Line, ...]
    more: int


class Excerpts:
    """Excerpts from files of ``project``. Each file is read once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._blocks = BlockIndex(project.root)
        self._files: dict[str, list[str]] = {}

    def at(self, place: Place) -> Excerpt | None:
        """The top-level block around ``place``, at most 14 lines of it; None outside the project or the file."""
        lines = self._lines(place.path)
        if place.line is None or not 1 <= place.line <= len(lines):
            return None
        block = self._blocks.at(place.path, place.line)
        first, last = (block.line, block.end) if block else (place.line, place.line + _BEFORE)
        last = min(last, len(lines))
        start = max(first, place.line - _BEFORE) if place.line >= first + _LINES else first
        end = min(start + _LINES - 1, last)
        shown = tuple(
            Line(number, shorten(clean(lines[number - 1]), _LINE_LIMIT), number == place.line)
            for number in range(start, end + 1)
        )
        return Excerpt(shown, last - end)

    def _lines(self, path: str) -> list[str]:
        if path not in self._files:
            self._files[path] = self._read(self._project.root / path)
        return self._files[path]

    def _read(self, file: Path) -> list[str]:
        try:
            inside = file.resolve().is_relative_to(self._project.root)
            if not inside or not file.is_file() or file.stat().st_size > _FILE_LIMIT_BYTES:
                return []
            return file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError:
            return []
