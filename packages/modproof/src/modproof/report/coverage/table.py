"""Coverage on a terminal or in a log: gaps with their places, then a table of the modules."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from modproof.core.counts import plural
from modproof.core.results import (
    COVERAGE_KINDS,
    NOTHING_TO_COVER,
    CoverageItem,
    CoverageResult,
    ModuleCoverage,
    Outcome,
    Problem,
    percent_covered,
)
from modproof.report.coverage.data import count
from modproof.report.layout import Screen
from modproof.report.scrub import scrub

__all__ = ["show"]

_SHOWN_GAPS = 40
_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.ERROR: "red", None: "yellow"}


def show(result: CoverageResult, console: Console) -> None:
    """Print the gaps of each module, the problems of its exclusions, and the numbers."""
    result = scrub(result)
    screen = Screen(console)
    for module in result.modules:
        _module(module, screen)
    screen.write(_table(result, screen))
    screen.blank()
    excluded = sum(item.excluded for item in result.items)
    if excluded:
        screen.write(Text(f"{plural(excluded, 'item')} not counted: excluded with a reason"))
    for module in result.modules:
        if module.gate is not None and module.percent < module.gate:
            text = f"{module.module} is at {module.percent:g} %, below its gate of {module.gate:g} %"
            screen.row(Outcome.FAILED, Text(screen.printable(text)), indent=0)


def _module(module: ModuleCoverage, screen: Screen) -> None:
    missing = [(item, gap) for item in module.items for gap in item.missing]
    if not missing and not module.problems and not module.notes:
        return
    screen.heading(screen.printable(f"{module.module}: {plural(len(missing), 'gap')}"))
    if not any(item.covered for item in module.items):
        screen.write(Text("no case covers any of it; `modproof init` writes a first case"), indent=4)
        missing = []
    for item, gap in missing[:_SHOWN_GAPS]:
        # the name is copied into coverage.yaml, so it is never wrapped
        screen.place(str(item.place), item.name)
        screen.write(Text(screen.printable(f"{gap.state}: {gap.missing}")), indent=6)
    if len(missing) > _SHOWN_GAPS:
        screen.write(Text(f"and {len(missing) - _SHOWN_GAPS} more: see the page or --json"), indent=4)
    for problem in module.problems:
        _problem(problem, screen, Outcome.FAILED)
    for note in module.notes:
        _problem(note, screen, Outcome.ERROR)
    screen.blank()


def _problem(problem: Problem, screen: Screen, outcome: Outcome) -> None:
    if problem.place is not None:
        screen.place(str(problem.place))
    hint = f"; {problem.hint}" if problem.hint else ""
    screen.row(outcome, Text(screen.printable(f"{problem.message}{hint}")), indent=4)


def _table(result: CoverageResult, screen: Screen) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("module", overflow="fold")
    for kind in COVERAGE_KINDS:
        table.add_column(kind, justify="right", no_wrap=True)
    table.add_column("covered", justify="right", no_wrap=True)
    rows = [(screen.printable(module.module), module.items, module.mark) for module in result.modules]
    if len(rows) > 1:
        rows.append(("all", result.items, result.mark))
    for name, items, mark in rows:
        counts = [count(items, kind) for kind in COVERAGE_KINDS]
        table.add_row(
            name,
            *(Text(f"{covered}/{total}", style="" if covered == total else "yellow") for covered, total, _ in counts),
            Text(_percent(items), style=_STYLES[mark]),
        )
    return table


def _percent(items: Sequence[CoverageItem]) -> str:
    return f"{percent_covered(items):g} %" if any(not item.excluded for item in items) else NOTHING_TO_COVER
