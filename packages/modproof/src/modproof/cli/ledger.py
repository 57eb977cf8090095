"""``modproof ledger``: generate files from the ignore ledger."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from modproof import compliance, report
from modproof.cli.options import HERE, ProjectOption
from modproof.core.errors import EXIT_FAILED
from modproof.core.project import Project

__all__ = ["ledger_command"]


def ledger_command(
    project: ProjectOption = HERE,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is out of date.")] = False,
) -> None:
    """Generate the scanners' configuration files and the page of ignored checks from the ignore ledger."""
    console = report.console_for()
    problems = compliance.generate(Project.find(project), check=check)
    for problem in problems:
        console.print(escape(str(problem)), soft_wrap=True, highlight=False)
    if problems:
        raise typer.Exit(EXIT_FAILED)
