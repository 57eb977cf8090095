"""``modproof doctor``: what a run needs, and what mends the rest."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from modproof import doctor, report
from modproof.cli.options import HERE, ProjectOption
from modproof.errors import EXIT_NOT_RUN
from modproof.project import Project

__all__ = ["doctor_command"]


def doctor_command(
    project: ProjectOption = HERE,
    install: Annotated[bool, typer.Option("--install", help="Install what is missing and can be installed.")] = False,
) -> None:
    """Say what a run needs, what is there, and what mends the rest."""
    console = Console()
    found = Project.find(project)
    if install:
        with report.live_progress(console) as progress:
            doctor.install(found, progress)
    statuses = doctor.examine(found)
    report.tools(statuses, console)
    if not all(status.ok for status in statuses):
        raise typer.Exit(EXIT_NOT_RUN)
