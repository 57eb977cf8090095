"""The permissions in the module READMEs are those that the stories need."""

from __future__ import annotations

import pytest


def test_recorded_permissions_are_up_to_date(permission_differences: list[str]) -> None:
    if permission_differences:
        remedy = "fix with: modproof permissions --write"
        pytest.fail("\n".join([*permission_differences, remedy]), pytrace=False)
