"""``modproof permissions``: print the IAM policies that a deployer of the stories' examples needs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from modproof import report
from modproof.cli.options import HERE, ProjectOption, StepTimeoutOption
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import worst
from modproof.report.permissions import permissions_hcl, permissions_json, permissions_table
from modproof.run import permission_file
from modproof.run.estimate import estimate
from modproof.run.module_permissions import module_permissions
from modproof.run.permissions import deployer_permissions
from modproof.run.services import Services

__all__ = ["permissions_command"]


class Format(StrEnum):
    """A form of the policies."""

    TABLE = "table"
    JSON = "json"
    HCL = "hcl"


def permissions_command(
    ids: Annotated[list[str] | None, typer.Argument(metavar="STORY", hidden=True)] = None,
    modules: Annotated[
        list[str] | None,
        typer.Option("--module", metavar="MODULE", help="Print the policies of this module only; repeatable."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write docs/permissions.json, README parts and the files of deployers."),
    ] = False,
    from_plan: Annotated[
        bool,
        typer.Option(
            "--from-plan", help="Estimate from resource types; name modules, folders of examples, or plans in JSON."
        ),
    ] = False,
    project: ProjectOption = HERE,
    step_timeout: StepTimeoutOption = None,
    form: Annotated[Format, typer.Option("--format", help="Print a table, IAM policies as JSON, or HCL.")] = (
        Format.TABLE
    ),
) -> None:
    """Run stories, record the AWS calls of Terraform, and print the IAM policies that allow exactly them.

    A policy to plan, and one to apply, update and destroy. An IAM simulator checks that they allow every recorded call
    and that none of their actions is superfluous. Without names, all stories run.
    """
    if write and (modules or from_plan):
        hint = "write --write, or --write STORY for the files of deployers"
        raise ConfigurationError("--write cannot be combined with --module or --from-plan", hint=hint)
    if from_plan and modules:
        raise ConfigurationError("--from-plan and --module exclude each other", hint="write --from-plan NAME")
    found = Project.find(project)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(found, step_seconds=step_timeout, progress=progress) as services,
    ):
        if write and not ids:
            results = permission_file.write(services)
        elif from_plan:
            results = estimate(services, ids or ())
        elif modules:
            results = module_permissions(services, modules, ids or ())
        else:
            results = deployer_permissions(services, ids or (), write=write)
    if form is Format.TABLE:
        permissions_table(results, report.console_for())
    else:
        permissions_table(
            [result for result in results if result.problems or result.errors], report.console_for(stderr=True)
        )
        print(permissions_json(results) if form is Format.JSON else permissions_hcl(results), end="")  # noqa: T201
    raise typer.Exit(worst(result.outcome for result in results).exit_code)
