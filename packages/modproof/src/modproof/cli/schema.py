"""``modproof schema``: JSON schemas of files for editors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from modproof.run import file_schemas

__all__ = ["schema_command"]


class Kind(StrEnum):
    """A kind of file."""

    CASES = "cases"
    LEDGER = "ledger"
    STORY = "story"


def schema_command(kind: Annotated[Kind, typer.Argument(metavar="cases|ledger|story")]) -> None:
    """Print the JSON schema of a kind of file, with which editors complete and check it."""
    print(file_schemas.render(kind.value), end="")  # noqa: T201
