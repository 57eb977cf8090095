"""The variables that a module declares, read from its files without Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from modproof.hcl.reader import FolderState, folder_state, read_folder

__all__ = ["declared_variables"]


def declared_variables(folder: Path) -> Mapping[str, str | None] | None:
    """The default expression of each variable, None for a required one. None as a whole if it cannot be determined.

    That is the case when a file is unreadable or only OpenTofu reads it.
    """
    return _variables(folder, folder_state(folder))


@lru_cache(maxsize=256)
def _variables(folder: Path, _state: FolderState) -> Mapping[str, str | None] | None:
    found: dict[str, str | None] = {}
    for file in read_folder(folder):
        if ".tofu" in file.path.suffixes or file.top is None:
            return None
        for variable in file.top.all("variable"):
            found["".join(variable.labels)] = variable.text("default") or None
    return found
