"""``modproof doctor``: check the prerequisites of a run."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from modproof import report
from modproof.cli.options import HERE, ProjectOption
from modproof.core.errors import EXIT_NOT_RUN, ConfigurationError, ModproofError, NoProject
from modproof.core.project import Project
from modproof.run import doctor

__all__ = ["doctor_command"]


def doctor_command(
    project: ProjectOption = HERE,
    install: Annotated[bool, typer.Option("--install", help="Install what is missing.")] = False,
) -> None:
    """Check prerequisites and print how to fix what is missing."""
    console = report.console_for()
    failures: list[ModproofError] = []
    try:
        found = Project.find(project)
    except ConfigurationError as error:
        found = Project(project)  # the tools are the same everywhere
        failures += [] if isinstance(error, NoProject) else [error]
    if install:
        with report.live_progress(report.console_for(stderr=True)) as progress:
            failures += doctor.install(found, progress)
    statuses = doctor.examine(found)
    report.tools(statuses, console)
    for failure in failures:
        console.print(escape(str(failure)), soft_wrap=True)
    if failures or not all(status.ok for status in statuses):
        raise typer.Exit(EXIT_NOT_RUN)
