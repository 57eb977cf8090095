from __future__ import annotations

import pytest

from modproof.plan.constraints import VersionRange


@pytest.mark.parametrize(
    ("constraint", "accepted", "refused"),
    [
        ("~> 4.0", ["4.0.0", "4.67.0"], ["3.9.9", "5.0.0"]),
        ("~> 4.1.2", ["4.1.2", "4.1.9"], ["4.1.1", "4.2.0"]),
        (">= 5.99.1, < 7.0", ["5.99.1", "6.99.1"], ["5.99.0", "7.0.0"]),
        ("> 5.0, <= 5.2, != 5.1", ["5.0.1", "5.2.0"], ["5.0.0", "5.1.0", "5.2.1"]),
        ("5.100", ["5.100.0"], ["5.100.1", "5.99.0"]),
        ("", ["0.0.1", "9.0.0"], []),
        (">= 6.0.0-beta1", ["5.0.0"], []),
    ],
)
def test_a_constraint_accepts_what_terraform_accepts(constraint: str, accepted: list[str], refused: list[str]) -> None:
    found = VersionRange.of([constraint])
    assert [version for version in [*accepted, *refused] if found.accepts(version)] == accepted


@pytest.mark.parametrize(
    ("first", "second", "excluded"),
    [
        ("~> 4.0", ">= 5", True),
        ("~> 5.0", ">= 5.80", False),
        ("5.1.0", "!= 5.1.0", True),
        ("< 5.0", ">= 5.0", True),
        (">= 4.0", "~> 4.0", False),
    ],
)
def test_constraints_that_exclude_each_other_have_an_empty_range(first: str, second: str, *, excluded: bool) -> None:
    assert (VersionRange.of([first]) & VersionRange.of([second])).is_empty is excluded
