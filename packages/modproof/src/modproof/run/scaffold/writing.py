"""The text of a first cases.yaml."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.core.documents import dump
from modproof.core.errors import ConfigurationError

__all__ = ["Written", "write"]

_WIDTH = 116


@dataclass(frozen=True, slots=True)
class Written:
    """A case as it is written. ``needs`` says why it does not plan yet, or is empty."""

    name: str
    source: str
    variables: Mapping[str, Any]
    unknown: tuple[str, ...]
    resources: Mapping[str, int]
    needs: str


def write(path: Path, module: str, cases: Sequence[Written]) -> None:
    """Write ``cases`` of ``module`` to ``path``, which must not exist.

    Raises ConfigurationError when it does, or cannot be written.
    """
    text = (
        f"# What the module {module} must plan: each case is one test. Begun by `modproof init`, kept by you.\ncases:\n"
    )
    text += "\n".join(_case(case) for case in cases)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as sink:
            sink.write(text)
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error.strerror}", path=path) from error


def _case(case: Written) -> str:
    body: dict[str, Any] = {"description": f"from {case.source}"}
    if case.variables:
        body["variables"] = dict(case.variables)
    if case.unknown:
        body["unknown"] = list(case.unknown)
    if case.resources:
        body["expect"] = {"resources": dict(case.resources)}
    dumped = dump({case.name: body}, width=_WIDTH)
    remark = ""
    if case.needs:
        said = textwrap.wrap(f"does not plan yet, correct its variables: {case.needs}", _WIDTH - 4)
        remark = "".join(f"# {line}\n" for line in said)
    return textwrap.indent(remark + dumped, "  ")
