"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mlpipe.errors import ConfigurationError

__all__ = ["AUDIT", "AuditOption", "ConfigOption", "ProfileOption", "YesOption", "ask", "console"]

AUDIT = Path(".mlpipe/audit.jsonl")

ConfigOption = Annotated[Path, typer.Option("--config", help="The environments file. Its paths are relative to it.")]
AuditOption = Annotated[Path, typer.Option("--audit-log", help="The file that gets one line of JSON for each change.")]
ProfileOption = Annotated[str | None, typer.Option(help="The profile of your AWS configuration with the credentials.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Act without asking.")]


def console() -> Console:
    """The console for messages: standard error, so that standard output is only the result."""
    # an ARN may contain what Rich takes for an emoji, such as :x:
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def ask(question: str) -> bool:
    """Ask the user. Raises ConfigurationError if there is no terminal."""
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{question} There is no terminal to ask: pass --yes")
    return typer.confirm(question, err=True)
