"""Errors that end a run, each with the exit code and the remedy a person needs.

An expected outcome (a failed case, a finding) is data in :mod:`modproof.core.results`; an error says that an
answer could not be given. Only the command line and the pytest plug-in catch these.
"""

from __future__ import annotations

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
]

EXIT_PASSED = 0
EXIT_FAILED = 1
EXIT_NOT_RUN = 2
EXIT_INTERNAL = 70


class ModproofError(Exception):
    """The run, or a part of it, could not be done.

    ``message`` is lower case and has no final period; ``hint`` says what to do; ``path`` and ``line``
    (counted from 1) name the place where there is one. ``str()`` gives ``place: message; hint``.
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
    """A file or option that a person wrote cannot be understood."""


class NoProject(ConfigurationError):
    """Neither a folder nor those around it are a checkout of modules."""


class ToolMissing(ModproofError):
    """A program that the run needs is not there and could not be installed."""


class ProviderUnavailable(ModproofError):
    """Terraform could not get a provider, neither from a mirror nor from the registry."""


class SafetyError(ModproofError):
    """The configuration could get round the promise that no real account is touched."""


class EmulatorError(ModproofError):
    """LocalStack could not be installed, did not start, or died."""


class CommandFailed(ModproofError):
    """A program ended in a way that leaves nothing to report on."""


class TimedOut(ModproofError):
    """A program took longer than it was given; its whole process group was ended."""


class Interrupted(ModproofError):
    """The person at the keyboard stopped the run (Ctrl-C, SIGTERM)."""
