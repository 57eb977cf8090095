"""``modproof coverage``: what cases reach of their modules."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from modproof import report
from modproof.cli.options import HERE, ModulesArgument, NoCacheOption, ProjectOption, ReportOption
from modproof.measure import measure
from modproof.progress import SILENT
from modproof.project import Project
from modproof.report import coverage as coverage_report
from modproof.services import Services

__all__ = ["coverage_command"]


def coverage_command(
    modules: ModulesArgument = None,
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, metavar="PERCENT", help="What each module must reach; else the project's gates."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and write no page.")] = False,
    report_folder: ReportOption = None,
) -> None:
    """Measure what cases reach: variables, validations, resources, conditionals and outputs."""
    console = Console()
    found = Project.find(project)
    shown = nullcontext(SILENT) if as_json else report.live_progress(console)
    with shown as progress, Services(found, use_cache=not no_cache, progress=progress) as services:
        result = measure(services, modules or (), fail_under=fail_under)
    if as_json:
        print(coverage_report.as_json(result), end="")  # noqa: T201
    else:
        coverage_report.show(result, console)
        page = coverage_report.write_page(result, found, report_folder or found.report)
        console.print(f"page: {escape(found.relative(page))}", soft_wrap=True, highlight=False)
    raise typer.Exit(result.outcome.exit_code)
