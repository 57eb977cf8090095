"""All commands as one Typer application, in the order in which its help names them."""

from __future__ import annotations

from typing import Annotated

import typer

from modproof import __version__
from modproof.cli import coverage, doctor, init, ledger, plan, proving, up
from modproof.errors import EXIT_NOT_RUN, EXIT_PROVED

__all__ = ["run"]

_app = typer.Typer(
    name="modproof",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Prove Terraform modules: plan every case at once, apply to an emulator, hold findings to a ledger.",
    epilog="Exit codes: 0 proved, 1 the modules are wrong, 2 the run could not be done, 70 a bug of modproof.",
)
for _name, _command in (
    ("verify", proving.verify_command),
    ("plan", plan.plan_command),
    ("apply", proving.apply_command),
    ("comply", proving.comply_command),
    ("init", init.init_command),
    ("coverage", coverage.coverage_command),
    ("ledger", ledger.ledger_command),
    ("doctor", doctor.doctor_command),
    ("up", up.up_command),
):
    _app.command(_name)(_command)
# Typer brings a click of its own or takes the installed one, by its version; its errors tell which
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@_app.callback(invoke_without_command=True)
def _version(show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if show:
        print(f"modproof {__version__}")  # noqa: T201
        raise typer.Exit


def run() -> int:
    """Run the command that the program's arguments name; its exit code. Raises what the command raises."""
    try:
        code = _app(standalone_mode=False)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]  # every ClickException has it
        return EXIT_NOT_RUN
    return code if isinstance(code, int) else EXIT_PROVED
