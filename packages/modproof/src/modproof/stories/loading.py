"""Reads a story file of either kind: of an example, or of a Terragrunt tree."""

from __future__ import annotations

from pathlib import Path

from modproof.core.project import Project
from modproof.stories import model, tree_model
from modproof.stories.model import Story

__all__ = ["load"]


def load(path: Path, project: Project) -> Story:
    """Read one story file; a TreeStory if it has the key ``terragrunt``.

    Raises InvalidDocument with every fault and its line.
    """
    document = model.read_story(path, project)
    if isinstance(document.data, dict) and "terragrunt" in document.data:
        return tree_model.load(path, project, document)
    return model.load(path, project, document)
