from __future__ import annotations

from typing import Any

import pytest

from modproof.terraform.values import PlannedValue


@pytest.mark.parametrize(
    ("value", "mask", "expected"),
    [
        ("s", True, True),
        ("s", False, False),
        (0, True, True),
        ("", True, False),
        (None, True, False),
        ({"a": "s"}, True, True),
        ({"a": ["x", {"b": "s"}]}, {"a": [False, {"b": True}]}, True),
        ({"a": ["x", {"b": ""}]}, {"a": [False, {"b": True}]}, False),
        ({"a": ["x"]}, {"a": [False, True], "gone": True}, False),
        ({"a": "s"}, {"a": {}}, False),
        (["s"], {"a": True}, False),
        ({"a": "s"}, [True], False),
    ],
)
def test_a_secret_is_a_marked_part_that_is_known_and_not_empty(value: Any, mask: Any, expected: bool) -> None:
    assert PlannedValue(value, sensitive=mask).holds_secret() is expected
