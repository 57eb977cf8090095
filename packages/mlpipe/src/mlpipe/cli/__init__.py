"""The command line; the only room with Typer."""

from mlpipe.cli.app import main

__all__ = ["main"]
