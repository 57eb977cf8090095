"""Errors that end a run, each with an exit code and a remedy.

A failed case or a finding is not an error but data in :mod:`modproof.core.results`. Only the command line and the
pytest plug-in catch these errors.
"""

from __future__ import annotations

import errno
from pathlib import Path

__all__ = [
    "EXIT_FAILED",
    "EXIT_INTERNAL",
    "EXIT_NOT_RUN",
    "EXIT_PASSED",
    "CommandFailed",
    "ConfigurationError",
    "EmulatorError",
    "Interrupted",
    "ModproofError",
    "NoProject",
    "ProviderUnavailable",
    "SafetyError",
    "TimedOut",
    "ToolMissing",
    "machine_fault",
]

_OF_THE_MACHINE = frozenset(
    (errno.EACCES, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EPERM,
     errno.EROFS)
)  # fmt: skip
"""Errors of the operating system that are caused by the machine, not by modproof."""

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_NOT_RUN = 2
EXIT_INTERNAL = 70


class ModproofError(Exception):
    """The run, or a part of it, is impossible.

    ``message`` is lower case and has no final period; ``hint`` says what to do; ``path`` and ``line`` (counted from 1)
    are the place, if there is one. ``str()`` returns ``place: message; hint``.
    """

    exit_code = EXIT_NOT_RUN

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        path: Path | str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = None if path is None else str(path)
        self.line = line

    def __str__(self) -> str:
        place = self.path or ""
        if place and self.line is not None:
            place = f"{place}:{self.line}"
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}; {self.hint}" if self.hint else text


class ConfigurationError(ModproofError):
    """A file or option of the user is invalid."""


class NoProject(ConfigurationError):
    """Neither a folder nor any of its parents is a project."""


class ToolMissing(ModproofError):
    """A program that the run needs is missing and cannot be installed."""


class ProviderUnavailable(ModproofError):
    """Terraform cannot install a provider, neither from a mirror nor from the registry."""


class SafetyError(ModproofError):
    """The configuration could reach a real account."""


class EmulatorError(ModproofError):
    """LocalStack cannot be installed, did not start, or stopped unexpectedly."""


class CommandFailed(ModproofError):
    """A program failed without a usable result."""


class TimedOut(ModproofError):
    """A program exceeded its timeout; its whole process group was ended.

    ``output`` is what it printed on standard output until then.
    """

    output = ""


class Interrupted(ModproofError):
    """The user stopped the run (Ctrl-C, SIGTERM)."""


def machine_fault(error: BaseException) -> CommandFailed | None:
    """``error`` as a fault of the machine, such as a full disk; None if it is none."""
    if not isinstance(error, OSError) or error.errno not in _OF_THE_MACHINE:
        return None
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "free disk space in the project and in the folder for temporary files (TMPDIR), and run again"
    name = None if error.filename is None else str(error.filename)
    return CommandFailed(error.strerror or str(error), path=name, hint=hint if full else None)
