"""Layout of terminal output: indented, wrapped next to its mark, seconds on the right, no trailing spaces."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from modproof.core.results import Outcome
from modproof.report.consoles import UNLIMITED
from modproof.report.marks import marks_for, printable
from modproof.report.tally import duration

__all__ = ["Screen"]


class Screen:
    """A console for summaries. Pass every text through :meth:`printable` first."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.marks = marks_for(console)

    def printable(self, text: str) -> str:
        """``text`` in the characters that the console can encode."""
        return printable(text, self._console)

    def blank(self) -> None:
        """Print an empty line."""
        self._console.print()

    def heading(self, text: str) -> None:
        """Print a heading."""
        self.write(Text(text, style="bold underline"))

    def part(self, name: str, text: str, seconds: float | None) -> None:
        """Print a part of the run: its name, its result and its seconds."""
        self._line([Text(name, style="bold"), Text(text)], seconds, width=10)

    def row(self, outcome: Outcome | None, text: Text, seconds: float | None = None, indent: int = 2) -> None:
        """Print ``text`` with the mark of ``outcome``, or without a mark."""
        self._line([Text() if outcome is None else self.marks.of(outcome), text], seconds, width=1, indent=indent)

    def place(self, place: str, address: str = "") -> None:
        """Print a file, or a place in a file, and the resource there."""
        text = Text(self.printable(place), style="cyan")
        if address:
            text.append(f"  {self.printable(address)}", style="default")
        self.unwrapped(text)

    def unwrapped(self, text: Text) -> None:
        """Print ``text`` without wrapping: a wrapped place or command can be neither clicked nor copied."""
        self._console.print(Text.assemble("    ", text), soft_wrap=True)

    def write(self, content: RenderableType, indent: int = 0) -> None:
        """Print ``content``, wrapped."""
        self._console.print(_Trimmed(Padding(content, (0, 0, 0, indent))))

    def _line(self, cells: list[RenderableType], seconds: float | None, *, width: int, indent: int = 0) -> None:
        """Print a cell of ``width``, a cell that wraps next to it, and the seconds on the right."""
        wraps = self._console.width < UNLIMITED
        line = Table.grid(padding=(0, 1), expand=wraps)
        line.add_column(width=width)
        line.add_column(overflow="fold", ratio=1 if wraps else None)
        line.add_column(justify="right", no_wrap=True)
        line.add_row(*cells, "" if seconds is None else Text(duration(seconds), style="dim"))
        self.write(line, indent)


class _Trimmed:
    """``content`` without trailing spaces, which would end up in logs and copied text."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self._content, options.update(overflow="fold"), pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                text, style, control = line[-1]
                line[-1] = Segment(text.rstrip(), style, control)
            yield from line
            yield Segment.line()
