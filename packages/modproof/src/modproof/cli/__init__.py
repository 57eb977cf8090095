"""The command line. A command reads options, calls one function, shows the result and returns the exit code."""

from __future__ import annotations

from modproof.cli.main import main

__all__ = ["main"]
