"""The entry point, and the exit codes: 0 passed, 1 failures found, 2 configuration or tool error, 70 internal error.

This module loads only the standard library. The commands are loaded after the signal handlers are set: loading takes
most of a second, in which Ctrl-C would otherwise print a traceback.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from typing import NoReturn

from modproof.cli import stopping
from modproof.core import process
from modproof.core.errors import EXIT_INTERNAL, EXIT_NOT_RUN, ModproofError, machine_fault

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line and exit with one of the four codes."""
    stopping.listen()
    try:
        code = _exit_code()
    except stopping.Stopped:
        process.stop_all()
        code = _say("interrupted: the run is incomplete", EXIT_NOT_RUN)
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        # a computing thread cannot be stopped, and a normal exit waits for it; the reaper deletes its temporary files
        os._exit(code)
    sys.exit(code)


def _exit_code() -> int:
    try:
        from modproof.cli.app import run

        return run()
    except ModproofError as error:
        return _say_all(error)
    except (BrokenPipeError, SystemExit):
        # the reader of the output closed the pipe; Rich turns that into a SystemExit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it at exit
        return EXIT_NOT_RUN
    except Exception as error:  # the last resort: users never see a traceback
        fault = machine_fault(error)
        if fault is not None:
            return _say(str(fault), fault.exit_code)
        return _say(f"internal error in modproof: please report it with {_kept_traceback()}", EXIT_INTERNAL)


def _kept_traceback() -> str:
    """The file with the traceback of the current error, or the traceback itself if no file can be written."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="modproof-bug-", suffix=".txt", delete=False) as sink:
            traceback.print_exc(file=sink)
            return sink.name
    except OSError:
        return traceback.format_exc()


def _say_all(error: ModproofError) -> int:
    """Print every problem of ``error``: a file may have several."""
    from modproof.core.documents import InvalidDocument

    messages = [str(each) for each in error.problems] if isinstance(error, InvalidDocument) else [str(error)]
    return max(_say(message, error.exit_code) for message in messages)


def _say(message: str, code: int) -> int:
    from rich.markup import escape

    from modproof.report.consoles import console_for

    console_for(stderr=True).print(f"[red]modproof:[/red] {escape(message)}", soft_wrap=True, highlight=False)
    return code
