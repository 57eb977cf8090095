"""Tables, details and escaped text in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from modproof.core.results import Outcome
from modproof.report.scrub import shorten

__all__ = ["MARK", "Blocks", "fitting"]

T = TypeVar("T")
MARK = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.ERROR: "⚠️"}
# characters that start emphasis, code, links, cells, references and, on GitHub, mathematics; an underscore in a word
# does not
_SPECIAL = re.compile(r"([\\`*{}\[\]#|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")

# an address of the web is a link, in which nothing is a mention
_MENTION = re.compile(r"(https?://\S+)|(?<![A-Za-z0-9])@(?=[A-Za-z0-9])")


def fitting(render: Callable[[int, int], str], rows: int, characters: int, limit_bytes: int) -> str:
    """What ``render`` returns for at most ``rows`` and ``characters``, halved until it fits into ``limit_bytes``."""
    while True:
        text = render(rows, characters)
        if len(text.encode()) <= limit_bytes or rows == 1:
            return text
        rows, characters = max(rows // 2, 1), max(characters // 2, 100)


class Blocks:
    """Lists have at most ``rows`` items and texts at most ``characters``; the rest is counted."""

    def __init__(self, rows: int, characters: int) -> None:
        self.rows = rows
        self.characters = characters

    def table(self, head: Sequence[str], rows: Iterable[T], cells: Callable[[T], list[str]]) -> str:
        """A table with a row of ``cells`` for each of ``rows``."""
        rows = list(rows)
        lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        lines += [f"| {' | '.join(cells(row))} |" for row in rows[: self.rows]]
        return "\n".join(lines + [f"\n{line}" for line in self.more(len(rows))])

    def more(self, count: int) -> list[str]:
        """The line for the items of ``count`` that are left out."""
        return [f"- and {count - self.rows:,} more, in report.json"] if count > self.rows else []

    def details(self, summary: str, content: str) -> str:
        """``content`` that is folded below ``summary``."""
        return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"

    def text(self, text: str) -> str:
        """``text`` escaped, so that it is neither Markdown nor HTML nor notifies a user, on one line of the source."""
        text = shorten(text, self.characters)
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return "<br>".join(self._line(line) for line in text.strip().split("\n"))

    def _line(self, line: str) -> str:
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        return "&nbsp;" * indent + _MENTION.sub(lambda found: found[1] or "@<!-- -->", _SPECIAL.sub(r"\\\1", words))

    def code(self, text: str) -> str:
        """``text`` as HTML code: a Markdown code span cannot contain every text in a table."""
        return f"<code>{self.text(text)}</code>" if text else ""
