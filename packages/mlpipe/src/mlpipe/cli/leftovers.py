"""``mlpipe leftovers``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.markup import escape

from mlpipe.aws import Account, AuditLog, Changes, connect
from mlpipe.cli.common import AUDIT, AuditOption, ProfileOption, YesOption, ask, console
from mlpipe.errors import EXIT_CONFIGURATION, EXIT_DONE, EXIT_REFUSED, ConfigurationError, Refused
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Leftover
from mlpipe.leftovers.removal import remove, still_there
from mlpipe.leftovers.report import FORMATS, Totals
from mlpipe.leftovers.search import ALL_SOURCES, Search, selected
from mlpipe.leftovers.states import managed_arns
from mlpipe.pipeline import FILE, Environment, LeftoverSettings, Pipeline, load
from mlpipe.prices import Prices

__all__ = ["command"]

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


_Environment = Annotated[str | None, typer.Option("--environment", "-e", help="An environment of that file.")]
_Config = Annotated[Path | None, typer.Option(help=f"The environments file. Default: {FILE}, if there is one.")]
_State = Annotated[
    list[str] | None,
    typer.Option(
        help="A Terraform state: s3://BUCKET/PREFIX, a file, a folder, or a file of `terraform show -json`. "
        "Read in addition to those of --environment."
    ),
]
_NoState = Annotated[bool, typer.Option("--no-state", help="Terraform manages nothing in this account.")]
_Kind = Annotated[list[str] | None, typer.Option(help=f"Only this kind: {', '.join(one.kind for one in ALL_SOURCES)}.")]
_OlderThan = Annotated[str, typer.Option(help="Only what is older, such as 12h, 7d or 2w.")]
_CloudTrail = Annotated[bool, typer.Option(help="Look up who started what has no owner tag.")]
_Prices = Annotated[Path | None, typer.Option(help="Another price list, in the format of the package's.")]
_Format = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
_Delete = Annotated[bool, typer.Option("--delete", help="Remove what is found, after a question.")]


def command(
    config: _Config = None,
    environment: _Environment = None,
    account: Annotated[str | None, typer.Option(help="The account ID that the credentials must have.")] = None,
    region: Annotated[str | None, typer.Option(help="The AWS region.")] = None,
    profile: ProfileOption = None,
    state: _State = None,
    no_state: _NoState = False,
    kind: _Kind = None,
    skip_kind: Annotated[list[str] | None, typer.Option(help="Not this kind.")] = None,
    older_than: _OlderThan = "0h",
    cloudtrail: _CloudTrail = True,
    prices: _Prices = None,
    output_format: _Format = "table",
    output: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    delete: _Delete = False,
    yes: YesOption = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for things to stop, and to be deleted.")] = 900.0,
    audit_log: AuditOption = AUDIT,
) -> int:
    """List what no Terraform state and no keep rule explains, and remove it with --delete.

    Without --delete nothing is changed.
    """
    if output_format not in FORMATS:
        raise ConfigurationError(f"no format {output_format}; choose one of {', '.join(FORMATS)}")
    pipeline = _pipeline(config, environment)
    target = _target(pipeline, environment)
    # all of them: what one of them manages must never be removed
    states = [*(state or ()), *(str(_place(pipeline, one)) for one in (target.states if target else ()))]
    if not states and not no_state:
        raise ConfigurationError("no Terraform state: pass --state, set states of the environment, or pass --no-state")
    if account and target and account != target.account_id:
        raise Refused(f"--account {account}: {environment} has account {target.account_id}")
    sources = selected(kind or (), skip_kind or ())
    settings = pipeline.leftovers if pipeline else LeftoverSettings()
    listed = Prices.load(prices)
    connected = connect(
        region=region or (pipeline.region_of(environment) if pipeline and environment else None),
        expected=account or (target.account_id if target else None),
        role_arn=target.role_arn if target else None,
        profile=profile,
    )
    context = Context(connected, listed, settings, managed_arns(states, connected))
    search = Search(context, sources, _duration(older_than), cloudtrail)
    totals, found = _report(search, output_format, output, keep=delete)
    if not delete or not found:
        return _code(totals, search)
    return _delete(search, found, yes=yes, wait=wait, audit=AuditLog(audit_log))


def _pipeline(config: Path | None, environment: str | None) -> Pipeline | None:
    if config is None and environment is None and not Path(FILE).exists():
        return None
    return load(config or Path(FILE))


def _target(pipeline: Pipeline | None, environment: str | None) -> Environment | None:
    return pipeline.environment(environment) if pipeline and environment else None


def _place(pipeline: Pipeline | None, state: str) -> str | Path:
    return state if state.startswith("s3://") or pipeline is None else pipeline.folder / state


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if match is None:
        raise ConfigurationError(f"--older-than {text}: expected a number up to 99999 and h, d or w, such as 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _report(search: Search, name: str, output: Path | None, *, keep: bool) -> tuple[Totals, list[Leftover]]:
    """Write the report as results arrive. Only a deletion keeps all of them."""
    totals, found = Totals(), []
    with _sink(output) as sink:
        report = FORMATS[name](sink, datetime.now(UTC), search.context.prices)
        for leftover in search.run():
            totals.add(leftover)
            report.add(leftover)
            if keep:
                found.append(leftover)
        report.finish(totals, search.problems)
    return totals, found


@contextmanager
def _sink(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        sink = output.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written: {error.strerror}") from error
    with sink:
        yield sink


def _code(totals: Totals, search: Search) -> int:
    if totals.count > totals.permanent:
        return EXIT_REFUSED
    return _code_of_rest(search)


def _code_of_rest(search: Search) -> int:
    """The exit code without leftovers: what could not be read may contain some."""
    incomplete = any(one.kind != "owners" for one in search.problems)
    return EXIT_CONFIGURATION if incomplete else EXIT_DONE


def _delete(search: Search, found: list[Leftover], *, yes: bool, wait: float, audit: AuditLog) -> int:
    account: Account = search.context.account
    removable = sum(not one.found.stays for one in found)
    out = console()
    if (
        removable
        and not yes
        and not ask(f"Remove {removable} things from account {account.account_id} in {account.region}?")
    ):
        out.print("nothing was changed")
        return EXIT_REFUSED
    outcomes = remove(search.context, Changes(audit, act=True), found, wait_seconds=wait)
    for one in outcomes:
        result = f"stays: {one.stays}" if one.stays else "removed"
        out.print(f"{one.leftover.found.kind} {escape(one.leftover.found.name)}: {escape(result)}")
    return EXIT_REFUSED if still_there(outcomes) else _code_of_rest(search)
