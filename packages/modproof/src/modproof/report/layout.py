"""How the terminal's output is laid out: indented, wrapped beside its mark, seconds at the right, no blanks behind."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from modproof.core.results import Outcome
from modproof.report.marks import marks_for, showable
from modproof.report.tally import duration

__all__ = ["Screen"]


class Screen:
    """A console to print summaries on. Texts that it is given must have gone through :meth:`can`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.marks = marks_for(console)

    def can(self, text: str) -> str:
        """``text`` in the characters that the console can show."""
        return showable(text, self._console)

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def heading(self, text: str) -> None:
        """A line over what follows."""
        self.write(Text(text, style="bold underline"))

    def part(self, name: str, text: str, seconds: float | None) -> None:
        """A part of the run: its name, what came of it, how long it took."""
        self._line([Text(name, style="bold"), Text(text)], seconds, width=10)

    def row(self, outcome: Outcome, text: Text, seconds: float | None = None, indent: int = 2) -> None:
        """One thing that ended as ``outcome`` says."""
        self._line([self.marks.of(outcome), text], seconds, width=1, indent=indent)

    def place(self, place: str, address: str = "") -> None:
        """A place in a file, or a file, and the resource there."""
        text = Text(self.can(place), style="cyan")
        if address:
            text.append(f"  {self.can(address)}", style="default")
        self.whole(text)

    def whole(self, text: Text) -> None:
        """``text`` on one line, however long: a place or command that is broken can neither be clicked nor copied."""
        self._console.print(Text.assemble("    ", text), soft_wrap=True)

    def write(self, content: RenderableType, indent: int = 0) -> None:
        """``content``, wrapped."""
        self._console.print(_Trimmed(Padding(content, (0, 0, 0, indent))))

    def _line(self, cells: list[RenderableType], seconds: float | None, *, width: int, indent: int = 0) -> None:
        """A cell of ``width``, one that wraps beside it, and the seconds at the right."""
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=width)
        line.add_column(overflow="fold", ratio=1)
        line.add_column(justify="right", no_wrap=True)
        line.add_row(*cells, "" if seconds is None else Text(duration(seconds), style="dim"))
        self.write(line, indent)


class _Trimmed:
    """``content`` without the blanks that fill its lines up: they get into logs and into what is copied."""

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
