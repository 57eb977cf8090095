"""pytest collects cases and stories: each case in a ``cases.yaml`` is one test item, each story file another.

All selected cases are planned in one Terraform run when the first of them is wanted; with pytest-xdist, by the first
worker that wants one, while the others wait and then read. Python tests get the same plans from the fixture
``planned``.

pytest loads the parts that ``pytest_plugins`` names with this module; each has the hooks of one concern.
"""

from __future__ import annotations

from modproof.pytest_plugin.planned import PlannedCase

__all__ = ["PlannedCase"]

pytest_plugins = (
    "modproof.pytest_plugin.options",
    "modproof.pytest_plugin.lifetime",
    "modproof.pytest_plugin.collecting",
    "modproof.pytest_plugin.choosing",
    "modproof.pytest_plugin.workers",
    "modproof.pytest_plugin.telling",
    "modproof.pytest_plugin.fixtures",
)
