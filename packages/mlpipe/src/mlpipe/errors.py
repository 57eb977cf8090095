"""Errors that users see as one message, and the exit codes."""

from __future__ import annotations

__all__ = [
    "EXIT_CONFIGURATION",
    "EXIT_DONE",
    "EXIT_INTERNAL",
    "EXIT_REFUSED",
    "ConfigurationError",
    "MlpipeError",
    "Refused",
]

EXIT_DONE = 0
"""done, or nothing found"""
EXIT_REFUSED = 1
"""leftovers found, or the change was refused"""
EXIT_CONFIGURATION = 2
"""configuration error, or AWS could not be reached"""
EXIT_INTERNAL = 70
"""a bug in mlpipe"""


class MlpipeError(Exception):
    """An error with a message for users; ``exit_code`` ends the program."""

    exit_code = EXIT_CONFIGURATION


class ConfigurationError(MlpipeError):
    """A file, an option, credentials or a permission must be changed."""


class Refused(MlpipeError):
    """A guard rail stopped the change; nothing was changed after it."""

    exit_code = EXIT_REFUSED
