"""Stories: an example applied to the emulator, checked, updated and destroyed.

:mod:`modproof.stories.lifecycle` runs a story. It needs the integration extra, and is not imported here.
"""

from __future__ import annotations

from modproof.stories.loading import has_tree, load
from modproof.stories.model import Story, find_files, of_example
from modproof.stories.tree_model import TreeStory

__all__ = ["Story", "TreeStory", "find_files", "has_tree", "load", "of_example"]
