"""What a module takes: told from its files, so that a case that does not fit costs no Terraform run."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from modproof.cases import Case
from modproof.hcl import Block, read_folder
from modproof.planner.outcome import CaseError

__all__ = ["misfits"]


def misfits(case: Case, arguments: Mapping[str, object]) -> list[CaseError]:
    """What ``arguments``, the case's, have that the module does not take, and lack that it requires.

    Empty also where a file of the module cannot be read: Terraform then says what is wrong.
    """
    required = _variables(case.folder, tuple((p.name, p.stat().st_mtime_ns) for p in _files(case.folder)))
    if required is None:
        return []
    return [*_unknown(case, arguments, required), *_missing(case, arguments, required)]


def _unknown(case: Case, arguments: Mapping[str, object], required: Mapping[str, bool]) -> Iterator[CaseError]:
    for name in arguments:
        if name not in required:
            text = f"the module '{case.module}' has no variable '{name}'"
            close = difflib.get_close_matches(name, required, 1)
            if close:
                text = f"{text}; did you mean '{close[0]}'?"
            yield CaseError(stage="load", text=text, variable=name, usage=True)


def _missing(case: Case, arguments: Mapping[str, object], required: Mapping[str, bool]) -> Iterator[CaseError]:
    for name, needed in required.items():
        if needed and name not in arguments:
            text = f"the module '{case.module}' requires the variable '{name}', which the case does not give"
            yield CaseError(stage="load", text=text, usage=True)


def _files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.tf"), *folder.glob("*.tf.json")])


@lru_cache(maxsize=256)
def _variables(folder: Path, _state: tuple[tuple[str, int], ...]) -> Mapping[str, bool] | None:
    """Whether a variable must be given, by its name; None where that cannot be told."""
    found: dict[str, bool] = {}
    for path, blocks, _ in read_folder(folder):
        if not isinstance(blocks, Block) or path.stem.removesuffix(".tf").endswith(("override", "_override")):
            return None
        for variable in blocks.all("variable"):
            found["".join(variable.labels)] = all(attribute.name != "default" for attribute in variable.attributes)
    return found
