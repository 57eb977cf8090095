"""``modproof doctor``: check the prerequisites of a run."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from modproof import report
from modproof.cli.options import HERE, ProjectOption
from modproof.core.errors import EXIT_NOT_RUN
from modproof.core.project import Project
from modproof.run import doctor

__all__ = ["doctor_command"]


def doctor_command(
    project: ProjectOption = HERE,
    install: Annotated[bool, typer.Option("--install", help="Install what is missing.")] = False,
) -> None:
    """Check prerequisites and print how to fix what is missing."""
    console = Console()
    found = Project.find(project)
    if install:
        with report.live_progress(Console(stderr=True)) as progress:
            doctor.install(found, progress)
    statuses = doctor.examine(found)
    report.tools(statuses, console)
    if not all(status.ok for status in statuses):
        raise typer.Exit(EXIT_NOT_RUN)
