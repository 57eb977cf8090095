"""The command line: reads options, calls one function, shows what it returned, gives the exit code.

Exit codes: 0 proved, 1 the modules are wrong, 2 the run could not be done, 70 a bug of modproof.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from modproof import __version__, cases, compliance, doctor, emulator, process, report, stories
from modproof.errors import EXIT_BUG, EXIT_NOT_RUN, EXIT_PROVED, EXIT_WRONG, ModproofError
from modproof.project import Project
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
) -> None:
    """Plan cases, in one Terraform run, and hold them against what they expect."""
    if list_only:
        _list(Project.find(project))
        return
    selection = Selection(stories=False, compliance=False, only_cases=tuple(ids or ()))
    _prove(project, selection, no_cache, None, report_folder)


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


def _prove(start: Path, selection: Selection, no_cache: bool, endpoint: str | None, report_folder: Path | None) -> None:
    console = Console()
    project = Project.find(start)
    with report.live_progress(console) as progress:
        result = verify(project, selection, use_cache=not no_cache, endpoint_url=endpoint, progress=progress)
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
