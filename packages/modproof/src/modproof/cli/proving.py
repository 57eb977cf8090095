"""``modproof verify``, ``apply`` and ``comply``: run all or a part of the tests, and write the report."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from modproof import report
from modproof.cli.comparing import compare_scanners
from modproof.cli.options import (
    HERE,
    BaseOption,
    BaseReportOption,
    EndpointOption,
    JsonOption,
    NoCacheOption,
    ProjectOption,
    ReportOption,
    StepTimeoutOption,
)
from modproof.core.progress import Titled
from modproof.core.project import Project
from modproof.core.results import Framework, RunResult
from modproof.run import doctor
from modproof.run.comparing import Base, base_of, compared
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

__all__ = ["apply_command", "comply_command", "run_selection", "show_result", "verify_command"]


class Part(StrEnum):
    """A part of a run that ``--without`` leaves out."""

    PLANS = "plans"
    STORIES = "stories"
    COMPLIANCE = "compliance"


class Severity(StrEnum):
    """The severity of a rule."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


StoriesArgument = Annotated[list[str] | None, typer.Argument(metavar="STORY", hidden=True)]


def verify_command(
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    endpoint: EndpointOption = None,
    step_timeout: StepTimeoutOption = None,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
    without: Annotated[list[Part] | None, typer.Option(help="Leave out a part. Repeatable.")] = None,
    base: BaseOption = None,
    base_report: BaseReportOption = None,
) -> None:
    """Run everything in parallel: plans, stories on the emulator, and compliance.

    A part that the repository does not have is skipped with a reason.
    """
    found = Project.find(project)
    left_out = without or ()
    selection = Selection(
        plans=Part.PLANS not in left_out,
        stories=Part.STORIES not in left_out,
        compliance=Part.COMPLIANCE not in left_out,
        skip_missing=True,
    )
    run_selection(
        found,
        selection,
        report_folder,
        use_cache=not no_cache,
        endpoint_url=endpoint,
        step_seconds=step_timeout,
        as_json=as_json,
        base=base_of(found, base, base_report),
    )


def apply_command(
    ids: StoriesArgument = None,
    project: ProjectOption = HERE,
    endpoint: EndpointOption = None,
    step_timeout: StepTimeoutOption = None,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply stories to the emulator, update and destroy them, and check that nothing is left behind.

    Name stories exactly or by a glob such as 'endpoint*'. Without names, all stories run.
    """
    selection = Selection(plans=False, compliance=False, only_stories=tuple(ids or ()))
    found = Project.find(project)
    run_selection(found, selection, report_folder, endpoint_url=endpoint, step_seconds=step_timeout, as_json=as_json)


def comply_command(
    project: ProjectOption = HERE,
    report_folder: ReportOption = None,
    as_json: JsonOption = False,
    fail_on: Annotated[Severity, typer.Option(help="Fail only on findings of this severity or higher.")] = Severity.LOW,
    framework: Annotated[
        Framework | None, typer.Option(help="Only rules of this compliance framework, control by control.")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="SCANNER SCANNER", help="Show instead what changes if the second replaces the first."),
    ] = None,
    base: BaseOption = None,
    base_report: BaseReportOption = None,
) -> None:
    """Run the scanners, and compare the findings with the ignore ledger."""
    if compare is not None:
        if framework or base or base_report or report_folder or fail_on is not Severity.LOW:
            others = "--fail-on, --framework, --base, --base-report or --report"
            raise typer.BadParameter(f"cannot be combined with {others}", param_hint="--compare")
        compare_scanners(Project.find(project), compare, as_json=as_json)
    only = framework.value if framework else ""
    selection = Selection(plans=False, stories=False, fail_on=fail_on.value.upper(), framework=only)
    found = Project.find(project)
    run_selection(found, selection, report_folder, as_json=as_json, base=base_of(found, base, base_report))


def run_selection(
    project: Project,
    selection: Selection,
    report_folder: Path | None,
    *,
    use_cache: bool = True,
    endpoint_url: str | None = None,
    step_seconds: float | None = None,
    program: str = "terraform",
    as_json: bool = False,
    base: Base | None = None,
) -> None:
    """Run ``selection``, show the result, write the report, and raise typer.Exit with the exit code.

    With ``base``, the result has the changes since.
    """
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(
            project,
            use_cache=use_cache,
            endpoint_url=endpoint_url,
            step_seconds=step_seconds,
            program=program,
            progress=progress,
        ) as services,
    ):
        result = verify(services, selection)
        if base is not None:

            def rerun(former: Project) -> RunResult:
                with Services(
                    former, use_cache=use_cache, program=program, progress=Titled(progress, base.name)
                ) as own:
                    return verify(own, replace(selection, stories=False))

            result.changes = compared(project, result, base, rerun)
    if selection.changed_since is not None and not result.cases and not result.errors:
        text = f"no case is affected by changes since {selection.changed_since}"
        report.console_for(stderr=as_json).print(escape(text), highlight=False)
        raise typer.Exit(0)
    show_result(result, project, report_folder, as_json=as_json)


def show_result(result: RunResult, project: Project, report_folder: Path | None, *, as_json: bool) -> NoReturn:
    """Show ``result``, write the report, and raise typer.Exit with the exit code."""
    console = report.console_for(stderr=as_json)
    result.versions = doctor.versions(project)
    report.terminal(result, console)
    written = report.write(result, project, report_folder or project.report)
    folder, names = project.relative(written[0].parent), ", ".join(path.name for path in written)
    console.print(f"report: {escape(folder)} ({escape(names)})", soft_wrap=True, highlight=False)
    if as_json:
        data = next(path for path in written if path.suffix == ".json")
        print(data.read_text(encoding="utf-8"), end="")  # noqa: T201
    raise typer.Exit(result.exit_code)
