"""``modproof ledger``: the files that follow from the ignore ledger."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from modproof import compliance
from modproof.cli.options import HERE, ProjectOption
from modproof.errors import EXIT_WRONG
from modproof.project import Project

__all__ = ["ledger_command"]


def ledger_command(
    project: ProjectOption = HERE,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file is out of date.")] = False,
) -> None:
    """Write the files that follow from the ignore ledger: the scanners' settings and the page of ignored checks."""
    console = Console()
    problems = compliance.generate(Project.find(project), check=check)
    for problem in problems:
        console.print(escape(str(problem)), soft_wrap=True, highlight=False)
    if problems:
        raise typer.Exit(EXIT_WRONG)
