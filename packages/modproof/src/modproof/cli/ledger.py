"""``modproof ledger``: generate files from the ignore ledger, and import skips into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from modproof import compliance, report
from modproof.cli.options import HERE, ProjectOption
from modproof.core.counts import plural
from modproof.core.errors import EXIT_FAILED, EXIT_NOT_RUN
from modproof.core.project import Project
from modproof.core.results import Problem

__all__ = ["ledger_app"]

ledger_app = typer.Typer(rich_markup_mode=None)


@ledger_app.callback(invoke_without_command=True)
def ledger_command(
    context: typer.Context,
    project: ProjectOption = HERE,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a file is out of date.")] = False,
) -> None:
    """Generate the scanners' configuration files and the page of ignored checks from the ignore ledger."""
    context.obj = project
    if context.invoked_subcommand is not None:
        if check:
            raise typer.BadParameter("cannot be combined with import", param_hint="--check")
        return
    console = report.console_for()
    problems = compliance.generate(Project.find(project), check=check)
    _list(console, problems)
    if problems:
        raise typer.Exit(EXIT_FAILED)


@ledger_app.command("import", short_help="Add what skips hide to the ledger.")
def import_command(
    context: typer.Context,
    project: ProjectOption = HERE,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="The owner of new entries.")] = "not assigned",
    review: Annotated[
        datetime | None,
        typer.Option("--review", metavar="DATE", formats=["%Y-%m-%d"], help="The review date of new entries."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace configuration files by generated ones.")] = False,
) -> None:
    """Add an entry to the ignore ledger for each finding that a skip hides.

    Skips are read from .checkov.yaml, .tfsec/config.yml, .trivyignore, baselines and ignore comments. Those that hide
    nothing are left out and listed.
    """
    if review and review.date() <= date.today():
        raise typer.BadParameter("must be in the future", param_hint="--review")
    found = Project.find(context.obj if project == HERE and isinstance(context.obj, Path) else project)
    with report.live_progress(report.console_for(stderr=True)) as progress:
        result = compliance.import_skips(
            found, owner=owner, review=review.date() if review else None, replace=replace, progress=progress
        )
    _show(result)
    if result.errors:
        raise typer.Exit(EXIT_NOT_RUN)


def _show(result: compliance.Imported) -> None:
    console = report.console_for()
    _list(console, result.errors)
    _say(console, f"{plural(len(result.entries), 'entry', 'entries')} added to {result.ledger}")
    for title, problems in (("left out:", result.left_out), ("to review:", result.notes)):
        if problems:
            _say(console, title)
            _list(console, problems, "  ")
    if result.still_open:
        _say(console, f"{plural(len(result.still_open), 'finding')} that no skip hides; run `modproof comply`")
    if result.replaced:
        _say(console, f"replaced by generated files: {', '.join(result.replaced)}")
    elif result.by_hand:
        names = ", ".join(result.by_hand)
        _say(console, f"not replaced: {names}; review the entries, then run `modproof ledger import --replace`")
    elif result.entries:
        _say(console, "review the entries, then run `modproof ledger`")


def _list(console: Console, problems: Sequence[Problem], indent: str = "") -> None:
    for problem in problems:
        _say(console, f"{indent}{problem}")


def _say(console: Console, text: str) -> None:
    console.print(escape(text), soft_wrap=True, highlight=False)
