"""The Typer application with all commands, in the order of its help."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from modproof import __version__, report
from modproof.cli import coverage, doctor, init, ledger, permissions, plan, proving, schema, up, upgrade
from modproof.core.errors import EXIT_NOT_RUN, EXIT_PASSED

__all__ = ["run"]

_ORDER = (
    "verify", "plan", "apply", "comply", "upgrade", "init", "coverage", "ledger", "permissions", "doctor", "up",
    "schema",
)  # fmt: skip


class _InOrder(TyperGroup):
    """Lists the commands in this order; Typer puts those with subcommands last."""

    def __init__(self, **arguments: Any) -> None:
        commands = arguments.pop("commands")
        super().__init__(commands={name: commands[name] for name in _ORDER}, **arguments)


_app = typer.Typer(
    name="modproof",
    cls=_InOrder,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Test Terraform modules: plan cases in one batch, apply examples to an emulator, check compliance.",
    epilog="Exit codes: 0 passed, 1 failures found, 2 configuration or tool error, 70 internal error.",
)
for _name, _command, _summary in (
    ("verify", proving.verify_command, "Run plans, stories and compliance."),
    ("plan", plan.plan_command, "Plan cases and check their expectations."),
    ("apply", proving.apply_command, "Apply stories to the emulator."),
    ("comply", proving.comply_command, "Compare findings with the ledger."),
    ("upgrade", upgrade.upgrade_command, "Compare the checkout with the last release."),
    ("init", init.init_command, "Write first cases for modules."),
    ("coverage", coverage.coverage_command, "Measure the coverage by cases."),
    ("permissions", permissions.permissions_command, "Print the IAM policies of a deployer."),
    ("doctor", doctor.doctor_command, "Check prerequisites."),
    ("up", up.up_command, "Run the emulator until Ctrl-C."),
    ("schema", schema.schema_command, "Print a JSON schema for editors."),
):
    _app.command(_name, short_help=_summary)(_command)
_app.add_typer(ledger.ledger_app, name="ledger", short_help="Generate files from the ledger, and edit it.")
# depending on its version, Typer bundles click or uses the installed one
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@_app.callback(invoke_without_command=True)
def _version(show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if show:
        print(f"modproof {__version__}")  # noqa: T201
        raise typer.Exit


def _help_width() -> dict[str, int]:
    """No limit where there is no terminal, as for all other output."""
    width = report.console_for().width
    return {"terminal_width": width} if width == report.UNLIMITED else {}


def run() -> int:
    """Run the command in the program's arguments; returns its exit code. Raises what the command raises."""
    try:
        code = _app(standalone_mode=False, **_help_width())
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]  # every ClickException has it
        return EXIT_NOT_RUN
    return code if isinstance(code, int) else EXIT_PASSED
