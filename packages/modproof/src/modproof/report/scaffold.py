"""The output of ``modproof init``."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from modproof.core.counts import plural
from modproof.core.results import Outcome
from modproof.report.layout import Screen
from modproof.report.scrub import clean, shorten

__all__ = ["scaffold_verdict", "scaffolded"]

_MESSAGE_LIMIT = 400


def scaffolded(
    module: str,
    path: str,
    cases: Mapping[str, str],
    console: Console,
    *,
    exists: bool,
    blocked: Container[str] = (),
    notes: Sequence[str] = (),
) -> None:
    """Print the cases of ``module`` that were written to ``path``, why some of them fail, and what was left out.

    ``blocked`` are the cases that other values do not help.
    ``exists`` means that the file was there before and was not changed.
    """
    screen = Screen(console)
    if exists:
        console.print(Text(screen.printable(f"{path} already exists and was not changed")), soft_wrap=True)
    elif cases:
        heading = screen.printable(f"{path}: {plural(len(cases), 'case')} of {module}")
        console.print(Text(heading, style="bold"), soft_wrap=True)
    else:
        text = f"{module}: no case was found that plans a resource; write {path} by hand"
        console.print(Text(screen.printable(text), style="bold"), soft_wrap=True)
    for name, needs in cases.items():
        outcome = Outcome.ERROR if needs else Outcome.PASSED
        remedy = "" if name in blocked else "needs other values: "
        text = f"{name}: {remedy}{shorten(clean(needs), _MESSAGE_LIMIT)}" if needs else f"{name} plans"
        screen.row(outcome, Text(screen.printable(text)))
    for note in notes:
        text = screen.printable(f"  {shorten(clean(note), _MESSAGE_LIMIT)}")
        console.print(Text(text, style="dim"), soft_wrap=True)


def scaffold_verdict(planned: int, written: int, console: Console, *, blocked: int = 0) -> None:
    """Print the last line: how many of the written cases plan, and the next step.

    ``blocked`` is the number of those that cannot be planned on this machine.
    """
    if not written:
        text = "no case was written; next: modproof init --update adds cases for new examples"
    elif planned + blocked == written and blocked:
        text = f"{planned} of {plural(written, 'case')} plan; next: install what the others require, then run pytest"
    elif planned < written:
        text = (
            f"{planned} of {plural(written, 'case')} plan; next: correct the variables of the others, then run pytest"
        )
    else:
        text = (
            f"{planned} of {plural(written, 'case')} plan; next: pytest, and modproof coverage for what is not covered"
        )
    console.print(Text(text), soft_wrap=True)
