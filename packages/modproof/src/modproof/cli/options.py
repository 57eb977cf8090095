"""Options and arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["HERE", "EndpointOption", "JsonOption", "ModulesArgument", "NoCacheOption", "ProjectOption", "ReportOption"]

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", "-C", metavar="FOLDER", exists=True, file_okay=False, help="The checkout, or any folder in it."
    ),
]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Plan every case anew, and keep nothing of it.")]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", envvar="MODPROOF_ENDPOINT_URL", help="Apply to this emulator."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print report.json on standard output; all else goes to standard error.")
]
ReportOption = Annotated[Path | None, typer.Option("--report", metavar="FOLDER", help="Where the report goes.")]
ModulesArgument = Annotated[list[str] | None, typer.Argument(metavar="[MODULE]...", help="Only these modules.")]
HERE = Path()
