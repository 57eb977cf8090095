"""The place of a unit in the files that the user wrote, and the folder that Terraform runs in for it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import UnreadableHcl, parse
from modproof.stories.served import Served
from modproof.stories.tree_sources import hcl_files
from modproof.stories.watched_terragrunt import unit_name
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.terragrunt import CONFIG, GENERATED, STACK

__all__ = ["TreePlaces", "backend_buckets", "initialized_folders"]

_CACHE = ".terragrunt-cache"
_CYCLE = re.compile(r"dependency cycle between modules: (?P<files>/\S+(?: -> /\S+)+)")
_DATA = ".terraform"
_BACKEND = f"{_DATA}/terraform.tfstate"


class TreePlaces:
    """Places of the units below ``folder``, a folder of the copy."""

    def __init__(self, served: Served, folder: Path, project: Project) -> None:
        self._served = served
        self._folder = folder
        self._project = project

    def unit(self, name: str) -> Place:
        """The unit's block in a stack file, or its own file."""
        for stack in (file for file in hcl_files(self._folder) if file.name == STACK):
            parent = unit_name(stack.parent.relative_to(self._folder).as_posix())
            for path, line in _units_of(stack):
                if name == "/".join(filter(None, (parent, path))):
                    return Place(self._shown(stack), line)
        return Place(self._shown(self._folder / name / CONFIG), 1)

    def file(self, path: Path, line: int) -> Place:
        """A line of a file of the copy, in the checkout. A generated unit is shown where it was generated from."""
        if not path.is_relative_to(self._folder) or GENERATED not in path.parts:
            inside = path.is_relative_to(self._served.copy)
            return Place(self._shown(path) if inside else str(path), line)
        return self.unit(unit_name(path.parent.relative_to(self._folder).as_posix()))

    def cycle(self, text: str) -> Problem | None:
        """The shortest dependency cycle in what Terragrunt reports: a part of it is reported several times."""
        cycles = [[Path(file) for file in found["files"].split(" -> ")] for found in _CYCLE.finditer(text)]
        if not cycles:
            return None
        shortest = min(cycles, key=len)
        # it may begin with units that only lead to the cycle
        files = shortest[shortest.index(shortest[-1]) :]
        names = (unit_name(os.path.relpath(file.parent, self._folder)) for file in files)
        return Problem(
            f"dependency cycle: {' -> '.join(names)}", self.file(files[0], 1), "remove one of the dependencies"
        )

    def without_copy(self, text: str) -> str:
        """``text`` with paths as in the checkout."""
        return text.replace(f"{self._served.copy}/", "")

    def text(self, name: str, diagnostic: Diagnostic) -> str:
        """A diagnostic with its place in the checkout, if the module of the unit is in it."""
        where = f"{diagnostic.address}: " if diagnostic.address else ""
        working = self.working_folder(name)
        if diagnostic.filename and working is not None:
            written = self._module(working) / diagnostic.filename
            if written.is_file():
                where = f"{self._project.relative(written)}:{diagnostic.line}: {where}"
        return f"{where}{diagnostic.text}"

    def working_folders(self) -> list[Path]:
        """The folders that Terraform was initialized in."""
        return [folder for folder, _ in self._working_folders()]

    def has_module(self, working: Path) -> bool:
        """Whether the module in the folder ``working``, one of :meth:`working_folders`, is in the checkout."""
        return self._module(working).is_dir()

    def working_folder(self, name: str) -> Path | None:
        """The folder in Terragrunt's cache with the unit's Terraform files; None before ``init``."""
        for folder, unit in self._working_folders():
            if unit == name:
                return folder
        return None

    def module_folder(self, name: str) -> Path | None:
        """The folder of the unit's module in the checkout; None for a module from elsewhere, or before ``init``."""
        working = self.working_folder(name)
        module = self._module(working) if working is not None else None
        return module if module is not None and module.is_dir() else None

    def states(self) -> Iterator[tuple[str, tuple[str, str] | None]]:
        """Each initialized unit with bucket and key of its state; None for a state that is not in S3."""
        for folder, unit in self._working_folders():
            yield unit, _state_in_s3(folder / _BACKEND)

    def _module(self, working: Path) -> Path:
        # CACHE/HASH/HASH/PATH is PATH of the module's repository
        return self._served.top / Path(*working.parts[working.parts.index(_CACHE) + 3 :])

    def _working_folders(self) -> Iterator[tuple[Path, str]]:
        for folder in initialized_folders(self._folder):
            if _CACHE in folder.parts:
                unit = Path(*folder.parts[: folder.parts.index(_CACHE)])
                yield folder, unit_name(unit.relative_to(self._folder).as_posix())

    def _shown(self, path: Path) -> str:
        return self._project.relative(self._served.original(path))


def _units_of(stack: Path) -> Iterator[tuple[str, int]]:
    """Path and line of each unit with a literal path. Source: https://docs.terragrunt.com/features/stacks."""
    if GENERATED in stack.parts:
        return
    try:
        top = parse(stack.read_text(encoding="utf-8"))
    except (UnreadableHcl, OSError, UnicodeDecodeError):
        return  # Terragrunt reports it
    for block in top.all("unit"):
        path = block.literal("path")
        if path:
            yield path, block.line


def initialized_folders(folder: Path) -> list[Path]:
    """The folders below ``folder`` that Terraform was initialized in, sorted.

    Each cache has a copy of a whole repository, and each initialized folder the packages of providers.
    """
    found = []
    for parent, folders, _ in os.walk(folder):
        if _DATA in folders:
            found.append(Path(parent))
        folders[:] = [name for name in folders if name not in (_DATA, ".git")]
    return sorted(found)


def backend_buckets(folder: Path) -> set[str]:
    """The S3 buckets that hold the states of the units below ``folder``, as ``terraform init`` recorded them."""
    states = [_state_in_s3(each / _BACKEND) for each in initialized_folders(folder)]
    return {state[0] for state in states if state is not None}


def _state_in_s3(recorded: Path) -> tuple[str, str] | None:
    """Bucket and key in the backend that ``terraform init`` recorded."""
    if not recorded.is_file():
        return None
    backend = json.loads(recorded.read_text(encoding="utf-8")).get("backend") or {}
    return (str(backend["config"]["bucket"]), str(backend["config"]["key"])) if backend.get("type") == "s3" else None
