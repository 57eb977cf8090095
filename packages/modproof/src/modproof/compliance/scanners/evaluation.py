"""Which results of tfsec and Trivy belong to the evaluation of a staged root."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from modproof.compliance.stage import Location, Stage

__all__ = ["belongs_to_root"]


def belongs_to_root(stage: Stage, located: Location, resource: str) -> bool:
    """Whether a result comes from the evaluation of the staged root.

    tfsec also evaluates each called module in the stage alone, which the module's own stage repeats. A module that a
    root calls both directly and through another module, with the same name, counts as the root's.
    """
    root = stage.roots[located.root]
    call = re.match(r"module\.([^.\[]+)", resource)
    if call is None:
        return PurePosixPath(located.path).parent.as_posix() == root.folder
    return root.call(call[1]) is not None
