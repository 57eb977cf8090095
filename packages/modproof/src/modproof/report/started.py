"""What ``modproof init`` wrote, for the person who asked for it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from modproof.report.layout import Screen
from modproof.report.scrub import clean, shorten
from modproof.report.tally import plural
from modproof.results import Outcome

__all__ = ["started"]

_MESSAGE_LIMIT = 400


def started(module: str, path: str, cases: Mapping[str, str], console: Console) -> None:
    """Print which cases of ``module`` were written to ``path``, and what those need that do not plan yet.

    Without cases the file was there before, and nothing was written.
    """
    screen = Screen(console)
    if not cases:
        console.print(Text(screen.can(f"{path} is there already and stays as it is")), soft_wrap=True)
        return
    console.print(Text(screen.can(f"{path}: {plural(len(cases), 'case')} of {module}"), style="bold"), soft_wrap=True)
    for name, needs in cases.items():
        outcome = Outcome.ERROR if needs else Outcome.PASSED
        text = f"{name}: needs other values: {shorten(clean(needs), _MESSAGE_LIMIT)}" if needs else f"{name} plans"
        screen.row(outcome, Text(screen.can(text)))
