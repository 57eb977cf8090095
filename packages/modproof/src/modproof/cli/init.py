"""``modproof init``: a first cases.yaml for modules that have none."""

from __future__ import annotations

from rich.console import Console

from modproof import report, starting
from modproof.cli.options import HERE, ModulesArgument, ProjectOption
from modproof.project import Project
from modproof.services import Services

__all__ = ["init_command"]


def init_command(modules: ModulesArgument = None, project: ProjectOption = HERE) -> None:
    """Write a first cases.yaml for each module that has none, from its variables and examples."""
    console = Console(soft_wrap=True, highlight=False)
    found = Project.find(project)
    with report.live_progress(console) as progress, Services(found, progress=progress) as services:
        started = starting.start(found, modules or (), services)
    for each in started:
        report.started(each.module, found.relative(each.path), each.cases, console)
    console.print(
        "next: [bold]pytest[/bold] runs the cases, [bold]modproof coverage[/bold] says what they do not reach"
    )
