"""Options and arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "HERE",
    "BaseOption",
    "BaseReportOption",
    "EndpointOption",
    "JsonOption",
    "ModulesArgument",
    "NoCacheOption",
    "ProjectOption",
    "ReportOption",
    "StepTimeoutOption",
]

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", "-C", metavar="FOLDER", exists=True, file_okay=False, help="The project, or any folder in it."
    ),
]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Plan every case again, and cache nothing.")]
EndpointOption = Annotated[
    str | None,
    typer.Option(
        "--endpoint", metavar="URL", envvar="MODPROOF_ENDPOINT_URL", help="Use this emulator instead of starting one."
    ),
]
StepTimeoutOption = Annotated[
    float | None,
    typer.Option("--step-timeout", metavar="SECONDS", min=1, help="The limit of each step of a story."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print report.json on standard output, and everything else on standard error.")
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FOLDER", help="The folder for the report.")]
BaseOption = Annotated[str | None, typer.Option(metavar="REF", help="Report what changed since this commit.")]
BaseReportOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", dir_okay=False, help="Report what changed since the run of this report.json."),
]
ModulesArgument = Annotated[list[str] | None, typer.Argument(metavar="MODULE", hidden=True)]
HERE = Path()
