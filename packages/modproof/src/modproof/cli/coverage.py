"""``modproof coverage``: measure how much of the modules the cases cover."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from modproof import report
from modproof.cli.options import HERE, ModulesArgument, NoCacheOption, ProjectOption, ReportOption
from modproof.core.project import Project
from modproof.report import coverage as coverage_report
from modproof.run.coverage import measure
from modproof.run.services import Services

__all__ = ["coverage_command"]


def coverage_command(
    modules: ModulesArgument = None,
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, metavar="PERCENT", help="The minimum per module; overrides the project's gates."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON instead of writing a page.")
    ] = False,
    report_folder: ReportOption = None,
) -> None:
    """Measure the coverage of variables, validations, resources, conditionals and outputs by the cases.

    Name modules exactly or by a glob such as 'endpoint*'. Without names, all modules are measured.
    """
    console = report.console_for()
    found = Project.find(project)
    shown = report.live_progress(report.console_for(stderr=True))
    with shown as progress, Services(found, use_cache=not no_cache, progress=progress) as services:
        result = measure(services, modules or (), fail_under=fail_under)
    if as_json:
        print(coverage_report.as_json(result), end="")  # noqa: T201
    else:
        coverage_report.show(result, console)
        page = coverage_report.write_page(result, found, report_folder or found.report)
        console.print(f"page: {escape(found.relative(page))}", soft_wrap=True, highlight=False)
    raise typer.Exit(result.outcome.exit_code)
