"""``modproof comply --compare``: what changes if another scanner replaces one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import NoReturn

import typer
from rich.markup import escape

from modproof import compliance, report
from modproof.core.counts import plural
from modproof.core.errors import EXIT_NOT_RUN
from modproof.core.project import Project
from modproof.core.results import Finding

__all__ = ["compare_scanners"]


def compare_scanners(project: Project, names: tuple[str, str], *, as_json: bool) -> NoReturn:
    """Compare two scanners, show the result, and raise typer.Exit with the exit code."""
    with report.live_progress(report.console_for(stderr=True)) as progress:
        result = compliance.compare(project, *names, progress=progress)
    if as_json:
        data = asdict(result) | {"entries": [{**asdict(each), "carries": each.carries} for each in result.entries]}
        print(json.dumps(data, indent=2))  # noqa: T201
    else:
        console = report.console_for()
        for line in _lines(result):
            console.print(escape(line), soft_wrap=True, highlight=False)
    raise typer.Exit(EXIT_NOT_RUN if result.errors else 0)


def _lines(result: compliance.Comparison) -> Iterator[str]:
    first, second = result.first, result.second
    yield from (f"error: {error}" for error in result.errors)
    yield f"both report {plural(len(result.both), 'finding')}:"
    for each in result.both:
        yield f"  {each.place}: {each.address}: {each.rules[0]} = {each.rules[1]}"
    for name, found in ((first, result.only_first), (second, result.only_second)):
        yield f"only {name} reports {plural(len(found), 'finding')}:"
        yield from _findings(found)
    carried = [each for each in result.entries if each.carries]
    yield f"{len(carried)} of {plural(len(result.entries), 'ledger entry', 'ledger entries')} carry over to {second}:"
    for entry in carried:
        more = f" ({entry.reason})" if entry.reason else ""
        yield f"  {entry.entry}: {entry.former} -> {entry.rule}{more}"
    lost = [each for each in result.entries if not each.carries]
    yield f"{plural(len(lost), 'ledger entry does', 'ledger entries do')} not carry over:"
    for entry in lost:
        yield f"  {entry.entry}: {entry.former}: {entry.reason}"
    yield f"{plural(len(result.uncovered), 'finding')} of {second} would be without an entry:"
    yield from _findings(result.uncovered)


def _findings(found: Sequence[Finding]) -> Iterator[str]:
    """One line for each finding, by rule."""
    for rule, each in groupby(sorted(found, key=lambda one: (one.rule, str(one.place))), key=lambda one: one.rule):
        same = list(each)
        yield f"  {rule}: {same[0].title}"
        yield from (f"    {one.place}: {one.address}" for one in same)
