"""The documentation of modproof: its pages, their tables and their code blocks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
README = PACKAGE / "README.md"
PAGES = [README, *sorted((PACKAGE / "docs").glob("*.md"))]

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_SEPARATOR = re.compile(r"\|[-|]+")

WriteProject = Callable[[Mapping[str, str]], Path]


@dataclass(frozen=True)
class CodeBlock:
    """A fenced code block. ``mark`` is the HTML comment before it: the kind of file, and after a colon its path."""

    page: str
    line: int
    mark: str
    language: str
    text: str

    @property
    def kind(self) -> str:
        return self.mark.partition(":")[0]

    @property
    def path(self) -> str:
        """The path of the file in a project, if the block has one."""
        return self.mark.partition(":")[2].strip()


@dataclass(frozen=True)
class Table:
    """A table: the heading above it, the line before it if that is text, and the cells without outer white space."""

    heading: str
    before: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def names(self, column: int = 0) -> list[str]:
        """The code spans in a column, in order."""
        return [name for row in self.rows for name in code_spans(row[column])]

    def starts_with(self, text: str) -> bool:
        """Whether the heading, the line before or the header starts with ``text``."""
        return any(each.startswith(text) for each in (self.heading, self.before, " | ".join(self.header)))


def page(name: str) -> str:
    """The text of ``README.md`` or of a page in ``docs``."""
    return next(path for path in PAGES if path.name == name).read_text(encoding="utf-8")


def prose(name: str) -> str:
    """The page without its code blocks."""
    return _BLOCK.sub("", page(name))


def code_blocks(*names: str) -> Iterator[CodeBlock]:
    """The code blocks of the pages ``names``, of all pages by default."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for found in _BLOCK.finditer(text) if not names or path.name in names else ():
            line = text.count("\n", 0, found.start()) + 1
            yield CodeBlock(path.name, line, found["mark"] or "", found["language"], found["text"])


def blocks_of_kind(kind: str) -> list[CodeBlock]:
    """All code blocks that are marked as ``kind``."""
    return [block for block in code_blocks() if block.kind == kind]


def block_id(block: CodeBlock) -> str:
    return f"{block.page}:{block.line}"


def table(name: str, start: str) -> Table:
    """The table of the page ``name`` that starts with ``start``, as :meth:`Table.starts_with` has it."""
    found = [each for each in _tables(page(name)) if each.starts_with(start)]
    assert len(found) == 1, f"{len(found)} tables in {name} start with {start!r}"
    return found[0]


def _tables(text: str) -> Iterator[Table]:
    lines = text.splitlines()
    heading = ""
    for index, line in enumerate(lines):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif _SEPARATOR.fullmatch(line):
            before = lines[index - 3]
            rows = itertools.takewhile(lambda row: row.startswith("|"), lines[index + 1 :])
            shown = "" if before.startswith(("|", "#", "```")) else before
            yield Table(heading, shown, _cells(lines[index - 1]), tuple(map(_cells, rows)))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")))


def code_spans(text: str) -> list[str]:
    """The inline code in ``text``."""
    return re.findall(r"`([^`\n]+)`", text)


@pytest.fixture
def write_project(tmp_path: Path) -> WriteProject:
    """Write the files of a project; returns its root."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write
