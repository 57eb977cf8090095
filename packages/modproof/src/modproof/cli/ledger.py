"""``modproof ledger``: generate files from the ignore ledger, check and change it."""

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
from modproof.run.compliance import plans_of
from modproof.run.services import Services

__all__ = ["ledger_app"]

ledger_app = typer.Typer(rich_markup_mode=None)

OwnerOption = Annotated[str, typer.Option("--owner", metavar="NAME", help="The owner of new entries.")]
ReviewOption = Annotated[
    datetime | None,
    typer.Option("--review", metavar="DATE", formats=["%Y-%m-%d"], help="The review date of new entries."),
]
RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="The id of a rule, or another name of it.")]


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
            raise typer.BadParameter(f"cannot be combined with {context.invoked_subcommand}", param_hint="--check")
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
    owner: OwnerOption = "not assigned",
    review: ReviewOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace configuration files by generated ones.")] = False,
) -> None:
    """Add an entry to the ignore ledger for each finding that a skip hides.

    Skips are read from .checkov.yaml, .tfsec/config.yml, .trivyignore, baselines and ignore comments. Those that hide
    nothing are left out and listed.
    """
    until, found = _future(review), _project(context, project)
    with report.live_progress(report.console_for(stderr=True)) as progress:
        result = compliance.import_skips(found, owner=owner, review=until, replace=replace, progress=progress)
    _show(result)
    if result.errors:
        raise typer.Exit(EXIT_NOT_RUN)


@ledger_app.command("check", short_help="Check the ledger without a scan of the project.")
def check_command(context: typer.Context, project: ProjectOption = HERE) -> None:
    """Check the ledger, the generated files and the rules without scanning the project.

    Reported are unknown rules, descriptions of other rules, rules that do not fail in their canary, entries that have
    expired, scopes without a file, and scopes that are written twice. `modproof comply` also reports entries that
    cover no finding.
    """
    found = _project(context, project)
    checked, console = compliance.check(found), report.console_for()
    _list(console, checked.problems)
    if checked.without_canary:
        rules = ", ".join(f"{rule} ({scanner})" for scanner, rule in checked.without_canary)
        folder = found.relative(found.ledger.parent / "canaries")
        _say(console, f"note: without a canary in {folder}: {rules}")
    if checked.problems:
        raise typer.Exit(EXIT_FAILED)


@ledger_app.command("add", short_help="Add an entry for a finding.")
def add_command(
    context: typer.Context,
    rule: RuleArgument,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address as in the finding; `*` is allowed.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the finding is accepted.")],
    project: ProjectOption = HERE,
    owner: OwnerOption = "not assigned",
    review: ReviewOption = None,
    path: Annotated[str | None, typer.Option("--path", metavar="GLOB", help="Only findings in these files.")] = None,
) -> None:
    """Scan, and add an entry for the findings of a rule at an address.

    An address without an index matches every instance.
    """
    until, found = _future(review), _project(context, project)
    with report.live_progress(report.console_for(stderr=True)) as progress, Services(found, progress=progress) as run:
        result = compliance.add_entry(
            found,
            rule,
            address,
            reason=reason,
            owner=owner,
            review=until,
            path=path,
            progress=progress,
            plans=plans_of(run),
        )
    console = report.console_for()
    _list(console, result.errors)
    _say(console, f"added {result.entry.rule} ({result.entry.scanner}), until {result.entry.review}, for")
    for finding in result.findings:
        _say(console, f"  {finding.place}: {finding.address}")
    for finding in result.still_open:
        rule = f"{finding.rule} ({finding.scanner})"
        _say(console, f"still open: {rule}, the same control at {finding.address}; it needs its own entry")
    _say(console, "run `modproof ledger`")


@ledger_app.command("prune", short_help="Remove entries that cover nothing.")
def prune_command(
    context: typer.Context,
    project: ProjectOption = HERE,
    because: Annotated[
        str | None,
        typer.Option("--because", metavar="TEXT", help="Move the entries to `no_longer_needed` with this text."),
    ] = None,
) -> None:
    """Scan, and remove the entries and scopes that cover no finding.

    Entries of a scanner that could not scan everything are kept.
    """
    found = _project(context, project)
    with report.live_progress(report.console_for(stderr=True)) as progress, Services(found, progress=progress) as run:
        result = compliance.prune(found, because=because, progress=progress, plans=plans_of(run))
    console = report.console_for()
    _list(console, (*result.errors, *result.removed))
    if result.removed:
        _say(console, "run `modproof ledger`")
    elif not result.errors:
        _say(console, "every entry and scope covers a finding")
    if result.errors:
        raise typer.Exit(EXIT_NOT_RUN)


@ledger_app.command("explain", short_help="Show a rule and its entries.")
def explain_command(context: typer.Context, rule: RuleArgument, project: ProjectOption = HERE) -> None:
    """Show the title, severity and other names of a rule, and its entries in the ledger."""
    console = report.console_for()
    for found in compliance.explain(_project(context, project), rule):
        _say(console, f"{found.rule.id} ({found.scanner}): {found.rule.title}")
        source = f" ({found.severity.source}, {found.severity.date})" if found.severity else ""
        _say(console, f"  severity: {found.rule.severity}{source}")
        for label, text in (("other names", ", ".join(found.rule.names)), ("guideline", found.rule.guideline)):
            if text:
                _say(console, f"  {label}: {text}")
        by_framework: dict[str, list[str]] = {}
        for control in found.controls:
            by_framework.setdefault(control.framework, []).append(control.id)
        named = "; ".join(f"{name} {', '.join(controls)}" for name, controls in by_framework.items())
        _say(console, f"  controls: {named or 'of no framework'}")
        for entry, place in found.entries:
            scopes = "; ".join(map(str, entry.scope))
            _say(console, f"  {place}: accepted by {entry.owner} until {entry.review} in {scopes}: {entry.reason}")
        for retired, place in found.retired:
            _say(console, f"  {place}: no longer needed: {retired.because}")
        if not found.entries and not found.retired:
            _say(console, "  not in the ledger")


def _project(context: typer.Context, project: Path) -> Project:
    """The project of a subcommand; `--project` may be written before or after its name."""
    return Project.find(context.obj if project == HERE and isinstance(context.obj, Path) else project)


def _future(review: datetime | None) -> date | None:
    if review and review.date() <= date.today():
        raise typer.BadParameter("must be in the future", param_hint="--review")
    return review.date() if review else None


def _show(result: compliance.Imported) -> None:
    console = report.console_for()
    _list(console, result.errors)
    _say(console, f"{plural(len(result.entries), 'entry', 'entries')} added to {result.ledger}")
    for title, problems in (("left out:", result.left_out), ("to review:", result.notes)):
        if problems:
            _say(console, title)
            _list(console, problems, "  ")
    if result.still_open:
        found = len(compliance.same_controls(result.still_open))
        _say(console, f"{plural(found, 'finding')} that no skip hides; run `modproof comply`")
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
