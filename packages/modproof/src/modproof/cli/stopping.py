"""Ctrl-C and the other signals that ask a program to end, as an exception that leaves no traceback."""

from __future__ import annotations

import signal
from typing import NoReturn

__all__ = ["Stopped", "listen"]

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody wants the run to end. Not a KeyboardInterrupt: Typer gives that an exit code of its own."""


def listen() -> None:
    """From now on a stop raises Stopped in the main thread, once."""
    for number in _STOPS:
        signal.signal(number, _stop)


def _stop(number: int, frame: object) -> NoReturn:
    del number, frame
    # the clean-up that follows takes seconds, and a second Ctrl-C would cut it short
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped
