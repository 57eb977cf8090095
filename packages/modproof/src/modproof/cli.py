"""The command line: reads options, calls one function, shows what it returned, gives the exit code.

Exit codes: 0 proved, 1 the modules are wrong, 2 the run could not be done, 70 a bug of modproof.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from modproof import (
    __version__,
    cases,
    changed,
    compliance,
    doctor,
    emulator,
    measure,
    planner,
    process,
    report,
    starting,
    stories,
)
from modproof.cases import Case
from modproof.errors import EXIT_BUG, EXIT_NOT_RUN, EXIT_PROVED, EXIT_WRONG, ConfigurationError, ModproofError
from modproof.progress import SILENT
from modproof.project import Project
from modproof.report import coverage as coverage_report
from modproof.services import Services
from modproof.verify import Selection, verify

__all__ = ["app", "main"]

app = typer.Typer(
    name="modproof",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Prove Terraform modules: plan every case at once, apply to an emulator, hold findings to a ledger.",
    epilog="Exit codes: 0 proved, 1 the modules are wrong, 2 the run could not be done, 70 a bug of modproof.",
)

ProjectOption = Annotated[
    Path, typer.Option("--project", "-C", metavar="FOLDER", help="The checkout, or any folder in it.")
]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Plan every case anew, and keep nothing of it.")]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", envvar="MODPROOF_ENDPOINT_URL", help="Apply to this emulator."),
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FOLDER", help="Where the report goes.")]
ProgramOption = Annotated[
    str,
    typer.Option("--terraform-binary", metavar="NAME|PATH", help="Plan with this: terraform, tofu, or a path of one."),
]
CasesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[MODULE[/CASE]]...", help="Only cases that start so.")
]
StoriesArgument = Annotated[list[str] | None, typer.Argument(metavar="[STORY]...", help="Only stories that start so.")]
PortOption = Annotated[int | None, typer.Option(min=1, max=65535, help="The loopback port; a free one by default.")]
HERE = Path()
# Typer brings a click of its own or takes the installed one, by its version; its errors tell which
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@app.callback(invoke_without_command=True)
def _version(show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if show:
        print(f"modproof {__version__}")  # noqa: T201
        raise typer.Exit


@app.command("verify")
def verify_command(
    project: ProjectOption = HERE,
    no_cache: NoCacheOption = False,
    endpoint: EndpointOption = None,
    report_folder: ReportOption = None,
) -> None:
    """Prove everything: plans, stories on the emulator, and compliance, side by side."""
    _prove(project, Selection(), no_cache, endpoint, report_folder)


@app.command("plan")
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
) -> None:
    """Plan cases, in one Terraform run, and hold them against what they expect."""
    found = Project.find(project)
    if list_only:
        _list(found)
        return
    if save or explain:
        _inspect(found, ids or (), program, save=save)
        return
    if changed_since is not None and not changed.touched(found, cases.usable(found), changed_since):
        Console().print(f"nothing that changed since {escape(changed_since)} touches a case", highlight=False)
        return
    selection = Selection(stories=False, compliance=False, only_cases=tuple(ids or ()), changed_since=changed_since)
    _prove(project, selection, no_cache, None, report_folder, program)


@app.command("apply")
def apply_command(
    ids: StoriesArgument = None,
    project: ProjectOption = HERE,
    endpoint: EndpointOption = None,
    report_folder: ReportOption = None,
) -> None:
    """Apply stories to the emulator, change them, destroy them, and see that nothing is left."""
    selection = Selection(plans=False, compliance=False, only_stories=tuple(ids or ()))
    _prove(project, selection, False, endpoint, report_folder)


@app.command("comply")
def comply_command(project: ProjectOption = HERE, report_folder: ReportOption = None) -> None:
    """Scan with checkov and tfsec and hold the findings against the ignore ledger."""
    _prove(project, Selection(plans=False, stories=False), False, None, report_folder)


@app.command("init")
def init_command(
    modules: Annotated[list[str] | None, typer.Argument(metavar="[MODULE]...", help="Only these modules.")] = None,
    project: ProjectOption = HERE,
) -> None:
    """Write a first cases.yaml for each module that has none, from its variables and examples."""
    console = Console(soft_wrap=True, highlight=False)
    found = Project.find(project)
    with report.live_progress(console) as progress, Services(found, progress=progress) as services:
        started = starting.start(found, modules or (), services)
    for each in started:
        report.started(each.module, found.relative(each.path), each.cases, console)
    console.print(
        "next: [bold]pytest[/bold] runs the cases, [bold]modproof coverage[/bold] says what they do not reach"
    )


@app.command("coverage")
def coverage_command(
    modules: Annotated[list[str] | None, typer.Argument(metavar="[MODULE]...", help="Only these modules.")] = None,
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
        result = measure.measure(services, modules or (), fail_under=fail_under)
    if as_json:
        print(coverage_report.as_json(result), end="")  # noqa: T201
    else:
        coverage_report.show(result, console)
        page = coverage_report.write_page(result, found, report_folder or found.report)
        console.print(f"page: {escape(found.relative(page))}", soft_wrap=True, highlight=False)
    raise typer.Exit(result.outcome.exit_code)


@app.command("ledger")
def ledger_command(
    project: ProjectOption = HERE,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file is out of date.")] = False,
) -> None:
    """Write the files that follow from the ignore ledger: the scanners' settings and the page of ignored checks."""
    console = Console()
    problems = compliance.generate(Project.find(project), check=check)
    for problem in problems:
        console.print(escape(str(problem)), soft_wrap=True, highlight=False)
    if problems:
        raise typer.Exit(EXIT_WRONG)


@app.command("doctor")
def doctor_command(
    project: ProjectOption = HERE,
    install: Annotated[bool, typer.Option("--install", help="Install what is missing and can be installed.")] = False,
) -> None:
    """Say what a run needs, what is there, and what mends the rest."""
    console = Console()
    found = Project.find(project)
    if install:
        with report.live_progress(console) as progress:
            doctor.install(found, progress)
    statuses = doctor.examine(found)
    report.tools(statuses, console)
    if not all(status.ok for status in statuses):
        raise typer.Exit(EXIT_NOT_RUN)


@app.command("up")
def up_command(
    project: ProjectOption = HERE,
    port: PortOption = None,
) -> None:
    """Run the emulator until Ctrl-C, for work by hand."""
    console = Console()
    with (
        report.live_progress(console) as progress,
        emulator.running(Project.find(project), progress=progress, port=port) as server,
    ):
        settings = {
            "AWS_ENDPOINT_URL": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": server.new_account(),
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
        }
        console.print("In another shell (Ctrl-C here ends the emulator):", highlight=False)
        for name, value in settings.items():
            console.print(f"export {name}={value}", soft_wrap=True, highlight=False)
        while server.alive():
            time.sleep(0.5)
    raise ModproofError("the emulator ended by itself", hint=f"its log ends with: {server.log_tail()}")


def _list(project: Project) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for path in cases.find_files(project):
        for case in cases.load(path, project).cases:
            console.print(escape(f"{case.id}  {case.description}".rstrip()))
    for path in stories.find_files(project):
        console.print(escape(path.stem))


def _inspect(project: Project, ids: Sequence[str], program: str, *, save: bool) -> None:
    """Write the expectations of cases from their plans, or say why they would be planned anew."""
    console = Console(soft_wrap=True, highlight=False)
    known = cases.usable(project)
    # a name that is a case's own means this case alone, whatever other names begin like it
    exact = {case.id for case in known} & set(ids)
    starts = tuple(name for name in ids if name not in exact)
    wanted = [case for case in known if not ids or case.id in exact or (starts and case.id.startswith(starts))]
    if not wanted or (save and not ids):
        asked = " or ".join(ids) or "nothing"
        raise ConfigurationError(f"no case is named by {asked}", hint="`modproof plan --list` names every case")
    with report.live_progress(Console()) as progress, Services(project, program=program, progress=progress) as services:
        told = {case.id: _save(case, services) if save else _why(case, services) for case in wanted}
    for case_id, lines in told.items():
        console.print(escape(f"{case_id}: {'; '.join(lines)}"))


def _why(case: Case, services: Services) -> list[str]:
    reasons = services.planner().explain(case)
    return [f"is planned anew, because {'; '.join(reasons)}"] if reasons else ["comes from the cache: nothing changed"]


def _save(case: Case, services: Services) -> list[str]:
    planned = services.plan([case])[case.id]
    if planned.plan is None:
        reasons = "; ".join(error.text for error in planned.errors) or "it must be rejected"
        raise ConfigurationError(
            f"{case.id} has no plan to save: {reasons}", path=case.place.path, line=case.place.line
        )
    return planner.save(case, planned.plan) or ["every expectation holds already"]


def _prove(
    start: Path,
    selection: Selection,
    no_cache: bool,
    endpoint: str | None,
    report_folder: Path | None,
    program: str = "terraform",
) -> None:
    console = Console()
    project = Project.find(start)
    with report.live_progress(console) as progress:
        result = verify(
            project, selection, use_cache=not no_cache, endpoint_url=endpoint, program=program, progress=progress
        )
    result.versions = doctor.versions(project)
    report.terminal(result, console)
    written = report.write(result, project, report_folder or project.report)
    names = ", ".join(project.relative(path) for path in written)
    console.print(f"report: {escape(names)}", soft_wrap=True, highlight=False)
    raise typer.Exit(result.exit_code)


class _Stopped(BaseException):
    """Somebody wants the run to end. Not a KeyboardInterrupt: Typer gives that an exit code of its own."""


_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _stop(number: int, frame: object) -> NoReturn:
    del number, frame
    # the clean-up that follows takes seconds, and a second Ctrl-C would cut it short
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise _Stopped


def main() -> NoReturn:
    """Run the command line and exit with one of the four codes."""
    for number in _STOPS:
        signal.signal(number, _stop)
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = app(standalone_mode=False)
        return code if isinstance(code, int) else EXIT_PROVED
    except ModproofError as error:
        return _say(str(error), error.exit_code)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]  # every ClickException has it
        return EXIT_NOT_RUN
    except (_Stopped, typer.Abort):
        process.stop_all()
        return _say("stopped before the end: nothing is proved", EXIT_NOT_RUN)
    except Exception:  # the last resort: a traceback is for us, not for the person who ran it
        with tempfile.NamedTemporaryFile("w", prefix="modproof-bug-", suffix=".txt", delete=False) as sink:
            traceback.print_exc(file=sink)
        return _say(f"a bug of modproof, not of your modules: please report it with {sink.name}", EXIT_BUG)


def _say(message: str, code: int) -> int:
    Console(stderr=True).print(f"[red]modproof:[/red] {escape(message)}", soft_wrap=True, highlight=False)
    return code
