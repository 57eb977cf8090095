"""A copy of an example with all its files, so that nothing is written into the checkout."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.stories.own_sources import example_files
from modproof.terraform.runner import Diagnostic

__all__ = ["Workspace", "workspace"]

_NOT_COPIED = (".tfstate", ".tfstate.backup", ".tfstate.lock.info", ".tfplan")
VARIABLES_FILE = "modproof.tfvars.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """``folder`` is the copy of the example. It and the modules it calls keep their relative paths."""

    folder: Path
    origin: Path
    copy: Path
    project: Project

    @property
    def variables_file(self) -> Path:
        """The file for ``-var-file``. Terraform does not load it automatically."""
        return self.copy / VARIABLES_FILE

    def write_variables(self, variables: Mapping[str, Any]) -> None:
        """Write the values of all variables of the example."""
        self.variables_file.write_text(json.dumps(variables), encoding="utf-8")

    def problem(self, diagnostic: Diagnostic) -> Problem:
        """A diagnostic as a problem, with its place in the project instead of the copy."""
        where = f"{diagnostic.address}: " if diagnostic.address else ""
        place = None
        if diagnostic.filename:
            copied = (self.folder / diagnostic.filename).resolve()
            with contextlib.suppress(ValueError):
                original = self.origin / copied.relative_to(self.copy.resolve())
                place = Place(self.project.relative(original), diagnostic.line)
        return Problem(f"{where}{diagnostic.text}", place)


@contextlib.contextmanager
def workspace(project: Project, example: Path, checkout: Checkout | None = None) -> Iterator[Workspace]:
    """Copy ``example``, the modules of ``checkout`` that it calls and the files they read.

    ``checkout`` is by default that of ``project``. The copy is deleted at the end.
    """
    found = example_files(example, checkout or Checkout.of(project.root))
    files = [path for path in found.files if not path.name.endswith(_NOT_COPIED)]
    origin = Path(os.path.commonpath([project.root, *(path.parent for path in files)]))
    with process.temporary_folder("story") as copy:
        for path in files:
            target = copy / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
            if path in found.rewritten:
                target.write_text(found.rewritten[path], encoding="utf-8")
        yield Workspace(copy / example.relative_to(origin), origin, copy, project)
