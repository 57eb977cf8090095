"""``modproof upgrade``: compare the checkout with the last release."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from modproof import report
from modproof.cli.options import HERE, EndpointOption, JsonOption, ProjectOption, ReportOption, StepTimeoutOption
from modproof.cli.proving import show_result
from modproof.core.project import Project
from modproof.core.results import RunResult
from modproof.run.services import Services
from modproof.run.upgrade import UpgradeSelection, upgrade
from modproof.upgrades.releases import NoRelease

__all__ = ["upgrade_command"]

ExamplesArgument = Annotated[list[str] | None, typer.Argument(metavar="EXAMPLE", hidden=True)]


def upgrade_command(
    examples: ExamplesArgument = None,
    project: ProjectOption = HERE,
    base: Annotated[
        str | None,
        typer.Option("--from", metavar="REF", help="The commit to upgrade from; the last release by default."),
    ] = None,
    tag: Annotated[
        str | None, typer.Option(metavar="TAG", help="The version to be released; that of a tag of HEAD by default.")
    ] = None,
    interface_only: Annotated[
        bool, typer.Option("--interface-only", help="Compare only inputs and outputs; apply nothing.")
    ] = False,
    allow_no_release: Annotated[
        bool, typer.Option("--allow-no-release", help="Exit with 0 if there is no release before this commit.")
    ] = False,
    endpoint: EndpointOption = None,
    step_timeout: StepTimeoutOption = None,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply examples at the last release to the emulator, and plan the checkout on that state.

    Name examples by their stories or folders, exactly or by a glob such as 'endpoint*'. Without names, all examples are
    upgraded.
    """
    found = Project.find(project)
    started = datetime.now(UTC)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(found, endpoint_url=endpoint, step_seconds=step_timeout, progress=progress) as services,
    ):
        selection = UpgradeSelection(tuple(examples or ()), base, tag, interface_only)
        try:
            result = RunResult(upgrade=upgrade(services, selection), started=started)
        except NoRelease as first:
            if not allow_no_release:
                raise
            text = f"{first.message}: there is nothing to upgrade from"
            report.console_for(stderr=as_json).print(escape(text), highlight=False, soft_wrap=True)
            raise typer.Exit(0) from None
    result.seconds["total"] = (datetime.now(UTC) - started).total_seconds()
    show_result(result, found, report_folder, as_json=as_json)
