"""``mlpipe promote``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from mlpipe.aws import Account, AuditLog, Changes, connect
from mlpipe.cli.common import AUDIT, AuditOption, ConfigOption, ProfileOption, YesOption, ask, console
from mlpipe.errors import EXIT_DONE, EXIT_REFUSED
from mlpipe.pipeline import FILE, Pipeline, load
from mlpipe.promotion.promote import Promotion, Route
from mlpipe.values import ModelValue

__all__ = ["command", "target_account"]

_From = Annotated[str, typer.Option("--from", help="The environment that serves the version, or the registry.")]
_Version = Annotated[
    int | None, typer.Option(help="The version. Default: what --from serves, or the newest approved one.", min=1)
]
_Plan = Annotated[bool, typer.Option("--plan", help="Print every call that changes something, and make none.")]


def command(
    source: _From,
    target: Annotated[str, typer.Option("--to", help="The environment that gets the version.")],
    version: _Version = None,
    plan: _Plan = False,
    yes: YesOption = False,
    config: ConfigOption = Path(FILE),
    profile: ProfileOption = None,
    audit_log: AuditOption = AUDIT,
) -> int:
    """Promote an approved model version to an environment.

    Checks approval, checksum and image digest, copies and registers where the environment has a bucket and a group,
    and writes the file that Terragrunt applies. Run again after an interruption: it continues.
    """
    pipeline = load(config)
    route = Route(pipeline, source, target, version)
    to = target_account(pipeline, target, profile)
    registry = _registry(pipeline, to, profile)
    audit = AuditLog(audit_log)
    out = console()
    lines: list[str] = []
    shown = Changes(audit, act=False, show=lines.append)
    value = _run(Promotion(route, registry, to, shown))
    # not while the bar is shown: on a terminal, Rich prints everything where the bar is, on standard error
    print("".join(f"{line}\n" for line in lines), end="")  # noqa: T201
    if shown.count == 0:
        out.print(f"version {value.version} is already in {escape(target)}: nothing to do")
        return EXIT_DONE
    if plan:
        return EXIT_DONE
    if not yes and not ask(f"Promote version {value.version} to {target} (account {to.account_id})?"):
        out.print("nothing was changed")
        return EXIT_REFUSED
    # the version of the plan: another one may have been approved since
    _run(Promotion(replace(route, version=value.version), registry, to, Changes(audit, act=True)))
    out.print(f"version {value.version} is in {escape(str(route.file))}: apply {escape(target)} with Terragrunt")
    return EXIT_DONE


def target_account(pipeline: Pipeline, name: str, profile: str | None) -> Account:
    """Connect to an environment's account, which must be the one of the file."""
    environment = pipeline.environment(name)
    return connect(
        region=pipeline.region_of(name),
        expected=environment.account_id,
        role_arn=environment.role_arn,
        profile=profile,
    )


def _registry(pipeline: Pipeline, target: Account, profile: str | None) -> Account:
    """The registry through its own role if it has one, otherwise as the target, which its policies let in."""
    environment = pipeline.environment(pipeline.registry)
    if environment.role_arn or environment.account_id == target.account_id:
        return target_account(pipeline, pipeline.registry, profile)
    return target


def _run(promotion: Promotion) -> ModelValue:
    """Run with a bar that counts the bytes that are read or copied, on a terminal."""
    out = console()
    columns = (TextColumn("artefact"), BarColumn(), DownloadColumn())
    # without a terminal, it would print an empty line
    bar = Progress(*columns, console=out, transient=True, disable=not out.is_terminal)
    with bar:
        task = bar.add_task("artefact", total=None)
        return replace(promotion, progress=lambda count: bar.advance(task, count)).run()
