"""``modproof plan``: plan cases and check their expectations, or list, explain or save them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.markup import escape

from modproof import report, stories
from modproof.cases import Case, LoadedCases, load_all
from modproof.cases.model import BrokenCase
from modproof.cases.save import save as save_plan
from modproof.cli.options import HERE, JsonOption, NoCacheOption, ProjectOption, ReportOption
from modproof.cli.proving import run_selection
from modproof.core.documents import InvalidDocument
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.run.selection import select_cases
from modproof.run.services import Services
from modproof.run.verify import Selection

__all__ = ["plan_command"]

ProgramOption = Annotated[
    str,
    typer.Option(
        "--terraform-binary",
        metavar="NAME|PATH",
        help="The program to use: terraform, terraform-oldest, tofu, or a path.",
    ),
]
CasesArgument = Annotated[list[str] | None, typer.Argument(metavar="MODULE[/CASE]", hidden=True)]


def plan_command(
    ids: CasesArgument = None,
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    report_folder: ReportOption = None,
    list_only: Annotated[bool, typer.Option("--list", help="List the cases and stories, and run nothing.")] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Write the plan into the expectations of the cases; comments are kept.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why each case would be planned again.")] = False,
    changed_since: Annotated[
        str | None, typer.Option(metavar="REF", help="Only the cases affected by changes since this commit.")
    ] = None,
    program: ProgramOption = "terraform",
    as_json: JsonOption = False,
) -> None:
    """Plan cases in one Terraform run, and compare the plans with their expectations.

    Name modules or cases, exactly or by a glob such as 'endpoint*'. Without names, all cases are planned.
    """
    if as_json and (list_only or save or explain):
        raise typer.BadParameter("cannot be combined with --list, --save or --explain", param_hint="--json")
    found = Project.find(project)
    if list_only:
        _list(found)
        return
    if save or explain:
        _inspect(found, ids or (), program, save=save)
        return
    selection = Selection(stories=False, compliance=False, only_cases=tuple(ids or ()), changed_since=changed_since)
    run_selection(found, selection, report_folder, use_cache=not no_cache, program=program, as_json=as_json)


def _list(project: Project) -> None:
    console = report.console_for(soft_wrap=True)
    loaded = load_all(project)
    _refuse_broken_files(loaded)
    for case in loaded.cases:
        console.print(escape(f"{case.id}  {case.description}".rstrip()))
    for path in stories.find_files(project):
        console.print(escape(path.stem))


def _refuse_broken_files(loaded: LoadedCases) -> None:
    """Raise InvalidDocument if a file of cases is unusable: its cases would be missing without notice."""
    _refuse(broken for broken in loaded.broken if broken.name is None)


def _refuse(broken: Iterable[BrokenCase]) -> None:
    problems = [problem for each in broken for problem in each.problems]
    if problems:
        raise InvalidDocument(problems)


def _inspect(project: Project, ids: Sequence[str], program: str, *, save: bool) -> None:
    """Write the expectations of cases from their plans, or show why they would be planned again."""
    if save and not ids:
        raise ConfigurationError("--save needs the cases to change", hint="`modproof plan --list` shows all names")
    console = report.console_for(soft_wrap=True)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(project, program=program, progress=progress) as services,
    ):
        selected, broken = select_cases(services.cases(), ids)
        _refuse(each for each in broken if each.name is None or each.id in ids)
        # a glob or a module skips the cases that cannot be saved; naming such a case is an error
        wanted = [case for case in selected if not save or case.id in ids or _is_savable(case)]
        if not wanted:
            raise ConfigurationError(f"none of {', '.join(ids)} has expectations to save")
        lines = {case.id: _save(case, wanted, services) if save else _explain(case, services) for case in wanted}
    for case_id, texts in lines.items():
        console.print(escape(f"{case_id}: {'; '.join(texts)}"))


def _is_savable(case: Case) -> bool:
    return case.rejects is None and case.source == "yaml"


def _explain(case: Case, services: Services) -> list[str]:
    reasons = services.planner().explain(case)
    return [f"would be planned again: {'; '.join(reasons)}"] if reasons else ["comes from the cache: nothing changed"]


def _save(case: Case, batch: Sequence[Case], services: Services) -> list[str]:
    planned = services.planned(case, batch=batch)
    if planned.plan is None:
        reasons = "; ".join(error.text for error in planned.errors) or "it is a rejecting case"
        raise ConfigurationError(
            f"{case.id} has no plan to save: {reasons}", path=case.place.path, line=case.place.line
        )
    return save_plan(case, planned.plan) or ["all expectations match already"]
