from __future__ import annotations

from typing import Any

import pytest

from modproof.hcl.types import MISSING, UNKNOWN, literal, parse_type, touched, with_unknown

ROOM = parse_type("""object({
  name = string
  size = optional(number, 1)
  bath = optional(object({ tub = optional(bool, true), soap = optional(set(string), []) }), {})
})""")


def test_a_type_has_a_path_for_each_attribute_with_its_line() -> None:
    assert list(parse_type("map(object({\n  a = optional(list(object({ b = any })), [])\n}))").paths("v")) == [
        ("v[*].a", 1),
        ("v[*].a[*].b", 1),
    ]
    assert list(parse_type("any").paths("v")) == []


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        ({"name": "a"}, MISSING, {"r", "r.name"}),
        ({"name": "a", "size": 1, "bath": {"tub": True}}, MISSING, {"r", "r.name"}),
        ({"name": "a", "size": "1"}, MISSING, {"r", "r.name"}),  # Terraform converts
        ({"name": "a", "bath": {"soap": ["x"]}}, MISSING, {"r", "r.name", "r.bath", "r.bath.soap"}),
        ({"name": "a"}, {"name": "a"}, set()),
        ({"name": "a", "size": 1}, {"name": "a", "size": 3}, {"r", "r.size"}),
        (UNKNOWN, None, {"r"}),
        ({"name": "a", "size": UNKNOWN}, {"name": "a"}, {"r", "r.size"}),
        (None, None, set()),
    ],
)
def test_a_value_touches_what_is_not_its_default(value: Any, default: Any, expected: set[str]) -> None:
    assert touched("r", ROOM, value, default) == expected


def test_sets_have_no_order_and_lists_have() -> None:
    assert touched("v", parse_type("set(string)"), ["b", "a"], ["a", "b"]) == set()
    assert touched("v", parse_type("list(string)"), ["b", "a"], ["a", "b"]) == {"v"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{ a = 1, "b" = [true, null, "x\\ny"] }', {"a": 1, "b": [True, None, "x\ny"]}),
        ("[-1.5, {}, []]", [-1.5, {}, []]),
        ('"a $${b}"', "a ${b}"),
        ("merge({}, {})", "merge({}, {})"),
    ],
)  # fmt: skip
def test_literals(text: str, value: Any) -> None:
    assert literal(text) == value


def test_unknown_parts_are_put_where_a_path_leads() -> None:
    value = {"a": [{"b": 1}, {"b": 2}]}
    assert with_unknown(value, ["a", 1, "b"]) == {"a": [{"b": 1}, {"b": UNKNOWN}]}
    assert value == {"a": [{"b": 1}, {"b": 2}]}
