"""The output of ``modproof init``."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from modproof.core.results import Outcome
from modproof.report.layout import Screen
from modproof.report.scrub import clean, shorten
from modproof.report.tally import plural

__all__ = ["scaffolded"]

_MESSAGE_LIMIT = 400


def scaffolded(module: str, path: str, cases: Mapping[str, str], console: Console) -> None:
    """Print the cases of ``module`` that were written to ``path``, and why some of them fail.

    An empty ``cases`` means that the file already existed and that nothing was written.
    """
    screen = Screen(console)
    if not cases:
        console.print(Text(screen.printable(f"{path} already exists and was not changed")), soft_wrap=True)
        return
    heading = screen.printable(f"{path}: {plural(len(cases), 'case')} of {module}")
    console.print(Text(heading, style="bold"), soft_wrap=True)
    for name, needs in cases.items():
        outcome = Outcome.ERROR if needs else Outcome.PASSED
        text = f"{name}: needs other values: {shorten(clean(needs), _MESSAGE_LIMIT)}" if needs else f"{name} plans"
        screen.row(outcome, Text(screen.printable(text)))
