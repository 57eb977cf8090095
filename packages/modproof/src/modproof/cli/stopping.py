"""Turns Ctrl-C and other termination signals into an exception without a traceback."""

from __future__ import annotations

import signal
from typing import NoReturn

__all__ = ["Stopped", "listen"]

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The run should stop. Not a KeyboardInterrupt, for which Typer has a separate exit code."""


def listen() -> None:
    """Raise Stopped in the main thread on the first termination signal."""
    for number in _STOPS:
        signal.signal(number, _stop)


def _stop(number: int, frame: object) -> NoReturn:
    del number, frame
    # the clean-up takes seconds, and a second Ctrl-C must not interrupt it
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped
