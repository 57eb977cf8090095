"""The pytest plug-in: each case of a ``cases.yaml`` is a test item, and so is each story file.

All selected cases of a project are planned in one Terraform run when the first of them is needed. With pytest-xdist the
first worker that needs one plans them, while the others wait and then read the results. Python tests get the same plans
from the fixture ``planned``.

pytest loads the modules in ``pytest_plugins`` with this one.
"""

from __future__ import annotations

from modproof.pytest_plugin.plans import PlannedCase

__all__ = ["PlannedCase"]

pytest_plugins = (
    "modproof.pytest_plugin.options",
    "modproof.pytest_plugin.collection",
    "modproof.pytest_plugin.selection",
    "modproof.pytest_plugin.reporting",
    "modproof.pytest_plugin.fixtures",
)
