"""``modproof verify``, ``apply`` and ``comply``: a part of what is to be proved, or all of it, and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from modproof import doctor, report
from modproof.cli.options import HERE, EndpointOption, JsonOption, NoCacheOption, ProjectOption, ReportOption
from modproof.project import Project
from modproof.verify import Selection, verify

__all__ = ["apply_command", "comply_command", "prove", "verify_command"]

StoriesArgument = Annotated[list[str] | None, typer.Argument(metavar="[STORY]...", help="Only stories that start so.")]


def verify_command(
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    endpoint: EndpointOption = None,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove everything: plans, stories on the emulator, and compliance, side by side."""
    found = Project.find(project)
    prove(found, Selection(), report_folder, use_cache=not no_cache, endpoint_url=endpoint, as_json=as_json)


def apply_command(
    ids: StoriesArgument = None,
    project: ProjectOption = HERE,
    endpoint: EndpointOption = None,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply stories to the emulator, change them, destroy them, and see that nothing is left."""
    selection = Selection(plans=False, compliance=False, only_stories=tuple(ids or ()))
    prove(Project.find(project), selection, report_folder, endpoint_url=endpoint, as_json=as_json)


def comply_command(
    project: ProjectOption = HERE, report_folder: ReportOption = None, as_json: JsonOption = False
) -> None:
    """Scan with checkov and tfsec and hold the findings against the ignore ledger."""
    prove(Project.find(project), Selection(plans=False, stories=False), report_folder, as_json=as_json)


def prove(
    project: Project,
    selection: Selection,
    report_folder: Path | None,
    *,
    use_cache: bool = True,
    endpoint_url: str | None = None,
    program: str = "terraform",
    as_json: bool = False,
) -> None:
    """Prove what is selected, show it, write the report, and raise typer.Exit with the run's exit code."""
    console = Console(stderr=as_json)
    with report.live_progress(console) as progress:
        result = verify(
            project,
            selection,
            use_cache=use_cache,
            endpoint_url=endpoint_url,
            program=program,
            progress=progress,
        )
    result.versions = doctor.versions(project)
    report.terminal(result, console)
    written = report.write(result, project, report_folder or project.report)
    names = ", ".join(project.relative(path) for path in written)
    console.print(f"report: {escape(names)}", soft_wrap=True, highlight=False)
    if as_json:
        data = next(path for path in written if path.suffix == ".json")
        print(data.read_text(encoding="utf-8"), end="")  # noqa: T201
    raise typer.Exit(result.exit_code)
