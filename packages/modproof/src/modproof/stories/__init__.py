"""Stories: an example applied to the emulator, checked, updated and destroyed.

:mod:`modproof.stories.lifecycle` runs a story. It needs the integration extra, and is not imported here.
"""

from __future__ import annotations

from modproof.stories.model import Story, find_files, load

__all__ = ["Story", "find_files", "load"]
