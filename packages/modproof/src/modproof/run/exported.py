"""The project at another commit."""

from __future__ import annotations

from pathlib import Path

from modproof.core.errors import NoProject
from modproof.core.project import Project
from modproof.toolchain import Git

__all__ = ["export"]


def export(git: Git, commit: str, folder: Path, project: Project) -> Project:
    """Write the files of ``commit`` into ``folder``, and return the project in it, which may be empty.

    Raises CommandFailed.
    """
    git.export(commit, folder)
    root = folder / project.root.relative_to(git.top().resolve())
    root.mkdir(parents=True, exist_ok=True)
    try:
        found = Project.find(root)
    except NoProject:
        found = Project(root)
    return found if found.root == root.resolve() else Project(root)
