"""The two sides of an upgrade: the release and the checkout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.core.project import Project, has_terraform
from modproof.core.results import Place
from modproof.stories.own_sources import ExampleFiles, example_files
from modproof.stories.tree_sources import tree_files
from modproof.upgrades.declared import declared

__all__ = ["Side"]


@dataclass(frozen=True, slots=True)
class Side:
    """A project, and the checkout or export that contains it."""

    project: Project
    checkout: Checkout

    def files(self, folder: Path) -> ExampleFiles:
        """The files that a plan of ``folder``, a root module or a Terragrunt tree, can depend on."""
        return (example_files if has_terraform(folder) else tree_files)(folder, self.checkout)

    def content(self, folder: Path) -> dict[str, bytes]:
        """The content of :meth:`files`, by their path from the project."""
        root = self.project.root
        return {os.path.relpath(path, root): path.read_bytes() for path in self.files(folder).files}

    def place_of(self, address: str, example: Path) -> Place | None:
        """Where the resource ``address`` of ``example`` is declared."""
        found = declared(address, example, self.checkout)
        return Place(self.project.relative(found[0]), found[1]) if found else None
