"""The entry point, and the exit codes: 0 done, 1 leftovers or refused, 2 configuration error, 70 internal error."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from mlpipe import __version__
from mlpipe.aws import AWS_ERRORS, in_words
from mlpipe.cli import leftovers, promote, shadow
from mlpipe.cli.common import console
from mlpipe.errors import EXIT_CONFIGURATION, EXIT_DONE, EXIT_INTERNAL, MlpipeError

__all__ = ["app", "main"]

app = typer.Typer(
    name="mlpipe",
    help="Operations of a SageMaker pipeline that no Terraform resource can do.",
    epilog="Exit codes: 0 done or nothing found, 1 leftovers or refused, 2 configuration error, 70 internal error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("promote")(promote.command)
app.command("leftovers")(leftovers.command)
app.add_typer(shadow.app, name="shadow")

# depending on its version, Typer bundles click or uses the installed one
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlpipe {__version__}")
        raise typer.Exit


@app.callback()
def _options(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False) -> None:
    pass


def main() -> NoReturn:
    """Run the command line and exit with one of the four codes."""
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        code = app(standalone_mode=False)
        return code if isinstance(code, int) else EXIT_DONE
    except MlpipeError as error:
        return _say(str(error), error.exit_code)
    except typer.Abort:
        return _say("interrupted; run again to finish", EXIT_CONFIGURATION)
    except _UsageError as error:
        error.show()  # type: ignore[attr-defined]  # every ClickException has it
        return EXIT_CONFIGURATION
    except AWS_ERRORS as error:
        return _say(in_words(error), EXIT_CONFIGURATION)
    except KeyboardInterrupt:
        return _say("interrupted; run again to finish", EXIT_CONFIGURATION)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it at exit
        return EXIT_CONFIGURATION
    except OSError as error:  # of the machine, such as a full disk
        return _say(" ".join(str(error).split()), EXIT_CONFIGURATION)
    except Exception:  # the last resort: users never see a traceback
        return _say(f"internal error in mlpipe: please report it with {_kept_traceback()}", EXIT_INTERNAL)


def _kept_traceback() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="mlpipe-bug-", suffix=".txt", delete=False) as sink:
        traceback.print_exc(file=sink)
        return sink.name


def _say(message: str, code: int) -> int:
    console().print(f"[red]mlpipe:[/red] {escape(message)}")
    return code
