"""Reports of a search, written as its results arrive: no format keeps more than the rows that it shows at once."""

from __future__ import annotations

import heapq
import html
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlpipe.leftovers.model import Leftover, Problem
from mlpipe.prices import Prices

__all__ = ["FORMATS", "Report", "Totals"]

_COLUMNS = ("kind", "name", "status", "age", "started by", "cost", "USD/month", "stays because")

_UNLIMITED = 10_000
"""columns"""


class Totals:
    """What a search found, in numbers."""

    def __init__(self) -> None:
        self.by_kind: Counter[str] = Counter()
        self.monthly = 0.0
        self.unknown = 0
        self.permanent = 0

    def add(self, leftover: Leftover) -> None:
        """Count one leftover."""
        self.by_kind[leftover.found.kind] += 1
        self.permanent += leftover.found.permanent
        if leftover.found.cost.monthly is None:
            self.unknown += 1
        else:
            self.monthly += leftover.found.cost.monthly

    @property
    def count(self) -> int:
        """How many leftovers there are."""
        return self.by_kind.total()

    def sentence(self, prices: Prices) -> str:
        """The totals and the basis of the estimates."""
        if not self.count:
            return "no leftovers found"
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.by_kind.items())
        unknown = f" and {self.unknown} without a price" if self.unknown else ""
        return f"{self.count} leftovers ({kinds}), about {self.monthly:,.2f} USD a month{unknown}; {prices.basis}"


class Report(Protocol):
    """One format."""

    def add(self, leftover: Leftover) -> None:
        """Write or remember one leftover."""
        ...

    def finish(self, totals: Totals, problems: Iterable[Problem]) -> None:
        """Write the end."""
        ...


def _row(leftover: Leftover, now: datetime) -> tuple[str, ...]:
    found, age = leftover.found, leftover.age_days(now)
    monthly = found.cost.monthly
    return (
        found.kind,
        found.name,
        found.status,
        "" if age is None else f"{age:g} d",
        leftover.started_by or "unknown",
        found.cost.name,
        "?" if monthly is None else f"{monthly:.2f}",
        found.stays,
    )


class TableReport:
    """The most expensive leftovers as a table, up to ``limit``."""

    def __init__(self, sink: TextIO, now: datetime, prices: Prices, *, limit: int = 200) -> None:
        # only a terminal has a width
        width = None if sink.isatty() else _UNLIMITED
        self._console = Console(file=sink, width=width, soft_wrap=width is not None, highlight=False, emoji=False)
        self._now, self._prices, self._limit = now, prices, limit
        self._order = count()
        self._top: list[tuple[float, int, tuple[str, ...]]] = []

    def add(self, leftover: Leftover) -> None:
        """Keep the row if it is among the most expensive."""
        monthly = leftover.found.cost.monthly
        rank = float("inf") if monthly is None else monthly
        entry = (rank, -next(self._order), _row(leftover, self._now))
        if len(self._top) < self._limit:
            heapq.heappush(self._top, entry)
        else:
            heapq.heappushpop(self._top, entry)

    def finish(self, totals: Totals, problems: Iterable[Problem]) -> None:
        """Print the table, the totals and the problems."""
        if self._top:
            table = Table(*_COLUMNS, box=None, pad_edge=False)
            for _, _, row in sorted(self._top, reverse=True):
                table.add_row(*map(escape, row))
            self._console.print(table)
        if totals.count > len(self._top):
            self._console.print(f"… and {totals.count - len(self._top)} more; --format json lists all")
        self._console.print(escape(totals.sentence(self._prices)))
        for problem in problems:
            self._console.print(
                f"[yellow]incomplete:[/yellow] {escape(problem.kind)}: {escape(problem.text)}", highlight=False
            )


class JsonReport:
    """One document: ``prices``, ``leftovers``, ``totals`` and ``problems``."""

    def __init__(self, sink: TextIO, now: datetime, prices: Prices) -> None:
        self._sink, self._now = sink, now
        basis = {"date": prices.date, "region": prices.region, "source": prices.source}
        sink.write(f'{{"time": "{now.isoformat()}", "prices": {json.dumps(basis)}, "leftovers": [')
        self._first = True

    def add(self, leftover: Leftover) -> None:
        """Write one item."""
        self._sink.write(("" if self._first else ",") + "\n  " + json.dumps(leftover.document(self._now)))
        self._first = False

    def finish(self, totals: Totals, problems: Iterable[Problem]) -> None:
        """Write the totals and the problems."""
        end: dict[str, Any] = {
            "count": totals.count,
            "by_kind": dict(totals.by_kind),
            "usd_per_month": round(totals.monthly, 2),
            "without_price": totals.unknown,
            "permanent": totals.permanent,
        }
        listed = [{"kind": one.kind, "text": one.text} for one in problems]
        self._sink.write(f'\n], "totals": {json.dumps(end)}, "problems": {json.dumps(listed)}}}\n')


class MarkdownReport:
    """A table for an issue or a job summary."""

    def __init__(self, sink: TextIO, now: datetime, prices: Prices) -> None:
        self._sink, self._now, self._prices = sink, now, prices
        self._first = True

    def add(self, leftover: Leftover) -> None:
        """Write one row."""
        if self._first:
            self._line(_COLUMNS)
            self._line(["---"] * len(_COLUMNS))
            self._first = False
        self._line(_row(leftover, self._now))

    def finish(self, totals: Totals, problems: Iterable[Problem]) -> None:
        """Write the totals and the problems."""
        self._sink.write(f"\n{totals.sentence(self._prices)}\n")
        for problem in problems:
            self._sink.write(f"\n- incomplete: {problem.kind}: {problem.text}")
        self._sink.write("\n")

    def _line(self, cells: Iterable[str]) -> None:
        self._sink.write("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n")


class HtmlReport:
    """A page that works offline."""

    def __init__(self, sink: TextIO, now: datetime, prices: Prices) -> None:
        self._sink, self._now, self._prices = sink, now, prices
        head = "".join(f"<th>{one}</th>" for one in _COLUMNS)
        sink.write(
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Leftovers</title><style>'
            "body{font:14px system-ui;margin:2rem}"
            "td,th{text-align:left;padding:.2rem .8rem;border-bottom:1px solid #ccc}"
            f"</style></head><body><h1>Leftovers</h1><p>{now:%Y-%m-%d %H:%M} UTC</p>\n<table><tr>{head}</tr>\n"
        )

    def add(self, leftover: Leftover) -> None:
        """Write one row."""
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in _row(leftover, self._now))
        self._sink.write(f"<tr>{cells}</tr>\n")

    def finish(self, totals: Totals, problems: Iterable[Problem]) -> None:
        """Write the totals and the problems."""
        items = "".join(f"<li>{html.escape(one.kind)}: {html.escape(one.text)}</li>" for one in problems)
        incomplete = f"<h2>Incomplete</h2><ul>{items}</ul>" if items else ""
        self._sink.write(f"</table><p>{html.escape(totals.sentence(self._prices))}</p>{incomplete}</body></html>\n")


FORMATS: dict[str, Callable[[TextIO, datetime, Prices], Report]] = {
    "table": TableReport,
    "json": JsonReport,
    "markdown": MarkdownReport,
    "html": HtmlReport,
}
