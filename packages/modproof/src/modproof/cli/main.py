"""From the program's start to its exit code: 0 proved, 1 the modules are wrong, 2 not done, 70 a bug of modproof.

With this module only the standard library is loaded. The commands follow when a stop is listened to: they take most
of a second, in which Ctrl-C would else be a traceback.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from typing import NoReturn

from modproof import process
from modproof.cli import stopping
from modproof.errors import EXIT_BUG, EXIT_NOT_RUN, ModproofError

__all__ = ["main"]

_OF_THE_MACHINE = frozenset(
    (errno.EACCES, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EPERM,
     errno.EROFS)
)  # fmt: skip
"""Errors of the operating system that say something of the machine, and nothing of modproof."""


def main() -> NoReturn:
    """Run the command line and exit with one of the four codes."""
    stopping.listen()
    try:
        code = _exit_code()
    except stopping.Stopped:
        process.stop_all()
        code = _say("stopped before the end: nothing is proved", EXIT_NOT_RUN)
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        # what computes in a thread cannot be stopped, and to leave by the usual way would wait for it; what it leaves
        # on the disk is deleted by process's reaper
        os._exit(code)
    sys.exit(code)


def _exit_code() -> int:
    try:
        from modproof.cli.app import run

        return run()
    except ModproofError as error:
        return _say(str(error), error.exit_code)
    except (BrokenPipeError, SystemExit):
        # whoever read the output has seen enough; Rich makes a SystemExit of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it at the end
        return EXIT_NOT_RUN
    except Exception as error:  # the last resort: a traceback is for us, not for the person who ran it
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            return _say(": ".join(str(part) for part in (error.filename, error.strerror) if part), EXIT_NOT_RUN)
        return _say(f"a bug of modproof, not of your modules: please report it with {_kept_traceback()}", EXIT_BUG)


def _kept_traceback() -> str:
    """The file that the traceback of the present error is kept in; all of it where there can be no file."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="modproof-bug-", suffix=".txt", delete=False) as sink:
            traceback.print_exc(file=sink)
            return sink.name
    except OSError:
        return traceback.format_exc()


def _say(message: str, code: int) -> int:
    from rich.console import Console
    from rich.markup import escape

    Console(stderr=True).print(f"[red]modproof:[/red] {escape(message)}", soft_wrap=True, highlight=False)
    return code
