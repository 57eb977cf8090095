"""Reads a story file of either kind: of an example, or of a Terragrunt tree."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.stories import model, tree_model
from modproof.stories.model import Story
from modproof.stories.tree_model import TreeStory

__all__ = ["has_tree", "load"]


def load(path: Path, project: Project) -> Story:
    """Read one story file; a TreeStory if it has the key ``terragrunt``.

    Raises InvalidDocument with every fault and its line.
    """
    document = model.read_story(path, project)
    if isinstance(document.data, dict) and "terragrunt" in document.data:
        return tree_model.load(path, project, document)
    return model.load(path, project, document)


def has_tree(paths: Iterable[Path], project: Project) -> bool:
    """Whether any of the story files is of a Terragrunt tree. One that cannot be read is not: a run reports it."""
    for path in paths:
        try:
            if isinstance(load(path, project), TreeStory):
                return True
        except ConfigurationError:
            continue
    return False
