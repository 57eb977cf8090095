"""The consoles of all commands: a terminal wraps lines at its width; a log, a file and a pipe get whole lines."""

from __future__ import annotations

import os

from rich.console import Console

__all__ = ["UNLIMITED", "console_for"]

UNLIMITED = 1 << 16
"""The width in columns of an output that does not wrap."""


def console_for(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """A console on standard output, or on standard error. ``soft_wrap`` leaves wrapping to the terminal.

    Rich assumes 80 columns where there is no terminal. The variable COLUMNS sets the width anywhere.
    """
    console = Console(stderr=stderr, soft_wrap=soft_wrap, highlight=False)
    if not console.file.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        console.width = UNLIMITED
    return console
