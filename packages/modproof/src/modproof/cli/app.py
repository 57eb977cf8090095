"""The Typer application with all commands, in the order of its help."""

from __future__ import annotations

from typing import Annotated

import typer

from modproof import __version__
from modproof.cli import coverage, doctor, init, ledger, plan, proving, up
from modproof.core.errors import EXIT_NOT_RUN, EXIT_PASSED

__all__ = ["run"]

_app = typer.Typer(
    name="modproof",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Test Terraform modules: plan cases in one batch, apply examples to an emulator, check compliance.",
    epilog="Exit codes: 0 passed, 1 failures found, 2 configuration or tool error, 70 internal error.",
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
# depending on its version, Typer bundles click or uses the installed one
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@_app.callback(invoke_without_command=True)
def _version(show: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if show:
        print(f"modproof {__version__}")  # noqa: T201
        raise typer.Exit


def run() -> int:
    """Run the command in the program's arguments; returns its exit code. Raises what the command raises."""
    try:
        code = _app(standalone_mode=False)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]  # every ClickException has it
        return EXIT_NOT_RUN
    return code if isinstance(code, int) else EXIT_PASSED
