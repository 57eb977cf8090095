from __future__ import annotations

from typing import Any

import pytest

from modproof.hcl.types import MISSING, UNKNOWN, changed_paths, literal, parse_type, with_unknown

ROOM = parse_type("""object({
  name = string
  size = optional(number, 1)
  bath = optional(object({ tub = optional(bool, true), soap = optional(set(string), []) }), {})
})""")


def test_paths_has_each_attribute_with_its_line() -> None:
    assert list(parse_type("map(object({\n  a = optional(list(object({ b = any })), [])\n}))").paths("v")) == [
        ("v[*].a", 1),
        ("v[*].a[*].b", 1),
    ]
    assert list(parse_type("any").paths("v")) == []


def test_a_collection_type_without_elements_has_elements_of_any_type() -> None:
    assert parse_type("list") == parse_type("list(any)")


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
def test_changed_paths_are_those_that_differ_from_their_defaults(value: Any, default: Any, expected: set[str]) -> None:
    assert changed_paths("r", ROOM, value, default) == expected


def test_changed_paths_ignores_the_order_of_sets_but_not_of_lists() -> None:
    assert changed_paths("v", parse_type("set(string)"), ["b", "a"], ["a", "b"]) == set()
    assert changed_paths("v", parse_type("list(string)"), ["b", "a"], ["a", "b"]) == {"v"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{ a = 1, "b" = [true, null, "x\\ny"] }', {"a": 1, "b": [True, None, "x\ny"]}),
        ("[-1.5, {}, []]", [-1.5, {}, []]),
        ('"a $${b}"', "a ${b}"),
        ("(1)", 1),
        ("merge({}, {})", "merge({}, {})"),
        ("var.a.b", "var.a.b"),
        ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_literal_is_the_value_of_a_literal_and_the_text_of_anything_else(text: str, value: Any) -> None:
    assert literal(text) == value


def test_with_unknown_replaces_the_value_at_a_path() -> None:
    value = {"a": [{"b": 1}, {"b": 2}]}
    assert with_unknown(value, ["a", 1, "b"]) == {"a": [{"b": 1}, {"b": UNKNOWN}]}
    assert value == {"a": [{"b": 1}, {"b": 2}]}
