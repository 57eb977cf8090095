"""``modproof init``: write a first cases.yaml for modules that have none."""

from __future__ import annotations

from rich.console import Console

from modproof import report
from modproof.cli.options import HERE, ModulesArgument, ProjectOption
from modproof.core.project import Project
from modproof.run.scaffold import scaffold
from modproof.run.services import Services

__all__ = ["init_command"]


def init_command(modules: ModulesArgument = None, project: ProjectOption = HERE) -> None:
    """Write a first cases.yaml for each module that has none, from its variables and examples.

    Name modules exactly or by a glob such as 'endpoint*'. Without names, all modules are included.
    """
    console = Console(soft_wrap=True, highlight=False)
    found = Project.find(project)
    with report.live_progress(Console(stderr=True)) as progress, Services(found, progress=progress) as services:
        scaffolded = scaffold(found, modules or (), services)
    for each in scaffolded:
        report.scaffolded(each.module, found.relative(each.path), each.cases, console)
    console.print(
        "next: [bold]pytest[/bold] runs the cases, [bold]modproof coverage[/bold] shows what they do not cover"
    )
