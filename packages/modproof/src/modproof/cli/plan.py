"""``modproof plan``: cases planned and judged, or only named, explained or saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from modproof import cases, changed, documented, planner, report, stories
from modproof.cases import Case
from modproof.cli.options import HERE, JsonOption, NoCacheOption, ProjectOption, ReportOption
from modproof.cli.proving import prove
from modproof.errors import ConfigurationError
from modproof.project import Project
from modproof.services import Services
from modproof.verify import Selection

__all__ = ["plan_command"]

ProgramOption = Annotated[
    str,
    typer.Option("--terraform-binary", metavar="NAME|PATH", help="Plan with this: terraform, tofu, or a path of one."),
]
CasesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[MODULE[/CASE]]...", help="Only cases that start so.")
]


def plan_command(
    ids: CasesArgument = None,
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    report_folder: ReportOption = None,
    list_only: Annotated[bool, typer.Option("--list", help="Name the cases and stories, and run nothing.")] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Write what is planned into the cases' expectations, comments kept.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say why each case would be planned anew.")] = False,
    changed_since: Annotated[
        str | None, typer.Option(metavar="REF", help="Only cases that a change since this commit can touch.")
    ] = None,
    program: ProgramOption = "terraform",
    as_json: JsonOption = False,
) -> None:
    """Plan cases, in one Terraform run, and hold them against what they expect."""
    if as_json and (list_only or save or explain):
        raise typer.BadParameter("goes with none of --list, --save and --explain", param_hint="--json")
    found = Project.find(project)
    if list_only:
        _list(found)
        return
    if save or explain:
        _inspect(found, ids or (), program, save=save)
        return
    if changed_since is not None and not changed.touched(found, documented.every(found), changed_since):
        told = f"nothing that changed since {escape(changed_since)} touches a case"
        Console(stderr=as_json).print(told, highlight=False)
        return
    selection = Selection(stories=False, compliance=False, only_cases=tuple(ids or ()), changed_since=changed_since)
    prove(found, selection, report_folder, use_cache=not no_cache, program=program, as_json=as_json)


def _list(project: Project) -> None:
    console = Console(soft_wrap=True, highlight=False)
    _tell_wrong_files(project)
    for case in documented.every(project):
        console.print(escape(f"{case.id}  {case.description}".rstrip()))
    for path in stories.find_files(project):
        console.print(escape(path.stem))


def _tell_wrong_files(project: Project) -> None:
    """Raise ConfigurationError where a file of cases cannot be used: its cases are left out elsewhere."""
    for path in cases.find_files(project):
        cases.load(path, project)


def _inspect(project: Project, ids: Sequence[str], program: str, *, save: bool) -> None:
    """Write the expectations of cases from their plans, or say why they would be planned anew."""
    console = Console(soft_wrap=True, highlight=False)
    known = documented.every(project)
    # a name that is a case's own means this case alone, whatever other names begin like it
    exact = {case.id for case in known} & set(ids)
    starts = tuple(name for name in ids if name not in exact)
    wanted = [
        case
        for case in known
        if case.id in exact or ((not ids or case.id.startswith(starts)) and not (save and _nothing_to_save(case)))
    ]
    if not wanted or (save and not ids):
        _tell_wrong_files(project)
        asked = " or ".join(ids) or "nothing"
        raise ConfigurationError(f"no case is named by {asked}", hint="`modproof plan --list` names every case")
    with report.live_progress(Console()) as progress, Services(project, program=program, progress=progress) as services:
        told = {case.id: _save(case, wanted, services) if save else _why(case, services) for case in wanted}
    for case_id, lines in told.items():
        console.print(escape(f"{case_id}: {'; '.join(lines)}"))


def _nothing_to_save(case: Case) -> bool:
    return case.rejects is not None or case.documented


def _why(case: Case, services: Services) -> list[str]:
    reasons = services.planner().explain(case)
    return [f"is planned anew, because {'; '.join(reasons)}"] if reasons else ["comes from the cache: nothing changed"]


def _save(case: Case, beside: Sequence[Case], services: Services) -> list[str]:
    planned = services.planned(case, beside=beside)
    if planned.plan is None:
        reasons = "; ".join(error.text for error in planned.errors) or "it must be rejected"
        raise ConfigurationError(
            f"{case.id} has no plan to save: {reasons}", path=case.place.path, line=case.place.line
        )
    return planner.save(case, planned.plan) or ["every expectation holds already"]
