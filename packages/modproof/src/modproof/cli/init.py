"""``modproof init``: write first cases for modules, or a first story for an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from modproof import report
from modproof.cli.options import HERE, ModulesArgument, ProjectOption
from modproof.core.errors import EXIT_FAILED, EXIT_NOT_RUN, EXIT_PASSED
from modproof.core.project import Project
from modproof.run.scaffold import draft_story, scaffold
from modproof.run.services import Services

__all__ = ["init_command"]


def init_command(
    modules: ModulesArgument = None,
    project: ProjectOption = HERE,
    update: Annotated[
        bool, typer.Option("--update", help="Add the examples that have no case yet to the existing files.")
    ] = False,
    story: Annotated[
        str | None, typer.Option("--story", metavar="EXAMPLE", help="Write a first story for an example instead.")
    ] = None,
) -> None:
    """Write a first cases.yaml for each module that has none, from its variables and examples.

    Name modules exactly or by a glob such as 'endpoint*'. Without names, all modules are included.
    """
    found = Project.find(project)
    if story is None:
        _write_cases(found, modules or (), update=update)
        return
    if modules or update:
        raise typer.BadParameter("cannot be combined with modules or --update", param_hint="--story")
    path = found.relative(draft_story(found, story))
    name = path.rpartition("/")[2].removesuffix(".yaml")
    console = report.console_for(soft_wrap=True)
    console.print(escape(f"{path}: a story of {story}; next: add asserts, then run modproof apply {name}"))


def _write_cases(project: Project, modules: Sequence[str], *, update: bool) -> None:
    """Write the cases, and raise typer.Exit: 1 if a written case does not plan, 2 if one cannot be planned here."""
    console = report.console_for(soft_wrap=True)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(project, progress=progress) as services,
    ):
        scaffolded = scaffold(project, modules, services, update=update)
    for each in scaffolded:
        path = project.relative(each.path)
        report.scaffolded(
            each.module, path, each.cases, console, blocked=each.blocked, exists=each.untouched, notes=each.notes
        )
    needs = [needs for each in scaffolded for needs in each.cases.values()]
    blocked = sum(len(each.blocked) for each in scaffolded)
    report.scaffold_verdict(needs.count(""), len(needs), console, blocked=blocked)
    if blocked:
        raise typer.Exit(EXIT_NOT_RUN)
    raise typer.Exit(EXIT_FAILED if any(needs) else EXIT_PASSED)
