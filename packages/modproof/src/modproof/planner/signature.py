"""What a module takes: told from its files, without Terraform."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from modproof.cases import Case
from modproof.hcl import Block, read_folder, terraform_state
from modproof.planner.outcome import CaseError

__all__ = ["declared", "misfits"]


def misfits(case: Case, arguments: Mapping[str, object]) -> list[CaseError]:
    """What ``arguments``, the case's, have that the module does not take, and lack that it requires.

    Empty also where a file of the module cannot be read: Terraform then says what is wrong.
    """
    variables = declared(case.folder)
    if variables is None:
        return []
    return [*_unknown(case, arguments, variables), *_missing(case, arguments, variables)]


def declared(folder: Path) -> Mapping[str, str | None] | None:
    """The default of each variable as it is written, None where it has none; None where that cannot be told.

    It cannot where a file overrides others, as OpenTofu's own files do.
    """
    return _variables(folder, terraform_state(folder))


def _unknown(case: Case, arguments: Mapping[str, object], variables: Mapping[str, str | None]) -> Iterator[CaseError]:
    for name in arguments:
        if name not in variables:
            text = f"the module '{case.module}' has no variable '{name}'"
            close = difflib.get_close_matches(name, variables, 1)
            if close:
                text = f"{text}; did you mean '{close[0]}'?"
            yield CaseError(stage="load", text=text, variable=name, usage=True)


def _missing(case: Case, arguments: Mapping[str, object], variables: Mapping[str, str | None]) -> Iterator[CaseError]:
    for name, default in variables.items():
        if default is None and name not in arguments:
            text = f"the module '{case.module}' requires the variable '{name}', which the case does not give"
            yield CaseError(stage="load", text=text, usage=True)


@lru_cache(maxsize=256)
def _variables(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> Mapping[str, str | None] | None:
    found: dict[str, str | None] = {}
    for path, blocks, _ in read_folder(folder):
        overrides = ".tofu" in path.name or path.stem.removesuffix(".tf").endswith(("override", "_override"))
        if overrides or not isinstance(blocks, Block):
            return None
        for variable in blocks.all("variable"):
            default = (attribute.text for attribute in variable.attributes if attribute.name == "default")
            found["".join(variable.labels)] = next(default, None)
    return found
