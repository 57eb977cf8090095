from __future__ import annotations

from typing import Any

import pytest
import yaml

from modproof.cases.yaml_edit import REMOVE, edit

TEXT = """\
# kept
defaults:
  key: &key arn:aws:kms:x   # used below
cases:
  one:
    variables: {name: a, tags: {Team: ml}}
    expect:
      values:
        # the resource
        'aws_x.this["a"]':
          name: "old"   # by hand
          size: 3
          key: *key
          list:
            - a
            - {b: 1, c: 2}
      absent: [x, y, z]
  two: {variables: {}}

  # the last
  three:
    expect:
"""
LIST = "\n            - a\n            - {b: 1, c: 2}"


@pytest.mark.parametrize(
    ("pointer", "value", "before", "after"),
    [
        pytest.param("expect.values.X.name", "new", '"old"   # by hand', "new   # by hand", id="a text"),
        pytest.param(
            "expect.values.X.size", {"a": [1, "<unknown>"]}, "size: 3", "size: {a: [1, <unknown>]}", id="flow"
        ),
        pytest.param("expect.values.X.key", "true", "key: *key", "key: 'true'", id="an alias"),
        pytest.param("expect.values.X.list.1.b", 5, "{b: 1, c: 2}", "{b: 5, c: 2}", id="in a flow mapping"),
        pytest.param("expect.values.X.list.1.c", REMOVE, "{b: 1, c: 2}", "{b: 1}", id="the last of a flow mapping"),
        pytest.param("expect.absent.0", REMOVE, "[x, y, z]", "[y, z]", id="the first of a flow list"),
        pytest.param("expect.values.X.size", REMOVE, "          size: 3\n", "", id="a line"),
        pytest.param(
            "expect.values.X.list",
            [],
            "list:\n            - a\n            - {b: 1, c: 2}\n",
            "list: []\n",
            id="a block",
        ),
        pytest.param("expect.count", 2, "absent: [x, y, z]\n", "absent: [x, y, z]\n      count: 2\n", id="a new key"),
        pytest.param(
            "variables.tags.Owner", "me", "{Team: ml}", "{Team: ml, Owner: me}", id="a new key in a flow mapping"
        ),
    ],
)
def test_only_the_value_at_the_pointer_changes(pointer: str, value: Any, before: str, after: str) -> None:
    parts = [int(part) if part.isdigit() else part for part in pointer.replace("X", 'aws_x|this["a"]').split(".")]
    full = ("cases", "one", *(part.replace("|", ".") if isinstance(part, str) else part for part in parts))
    assert TEXT.count(before) == 1
    assert edit(TEXT, {full: value}) == TEXT.replace(before, after)


BLOCK = """\
cases:
  one:
    variables:
      text: |-  # kept
        first

        second
  two: {variables: {}}

  three:
    folded: >2+
        deep
      flat

  four:
    last: |
      end
"""


@pytest.mark.parametrize(
    ("pointer", "value", "before", "after"),
    [
        pytest.param(
            "one.expect", 1, "        second\n", "        second\n    expect: 1\n", id="a key after a block scalar"
        ),
        pytest.param(
            "three.expect", 1, "      flat\n\n", "      flat\n\n    expect: 1\n", id="a key after a kept line break"
        ),
        pytest.param("four.expect", 1, "      end\n", "      end\n    expect: 1\n", id="a key at the end"),
        pytest.param(
            "one.variables.text",
            "new",
            "|-  # kept\n        first\n\n        second\n",
            "new  # kept\n",
            id="a block scalar",
        ),
        pytest.param("two", REMOVE, "  two: {variables: {}}\n", "", id="the neighbour of a block scalar"),
        pytest.param(
            "four.last",
            {"a": "two\nlines"},
            "|\n      end\n",
            '{a: "two\\nlines"}\n',
            id="a mapping instead of a block scalar",
        ),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["no BOM", "BOM"])
def test_block_scalars_and_line_breaks_are_kept(
    pointer: str, value: Any, before: str, after: str, line_break: str, start: str
) -> None:
    assert BLOCK.count(before) == 1
    text, wanted = (start + each.replace("\n", line_break) for each in (BLOCK, BLOCK.replace(before, after)))
    assert edit(text, {("cases", *pointer.split(".")): value}) == wanted


def test_no_final_line_break_is_added() -> None:
    assert edit("a:\n  b: 1", {("a", "c"): 2}) == "a:\n  b: 1\n  c: 2"
    assert edit("a:\n  b: 1", {("a",): 2}) == "a: 2"


def test_an_edit_that_would_change_another_value_is_refused() -> None:
    for text, pointer, value in (
        ("a: &a {b: 1}\nc: *a\n", ("a", "b"), 2),
        ("a: &a {b: 1}\nc: *a\n", ("a",), REMOVE),
        ("a: 1\n", ("a",), REMOVE),
        ("? a\n: b: 1\nc: 2\n", ("a",), 3),
    ):
        with pytest.raises(ValueError):
            edit(text, {pointer: value})


def test_removing_the_last_key_of_a_mapping_removes_the_mapping() -> None:
    assert yaml.safe_load(edit("a:\n  b: {c: 1}\n  d: 2\n", {("a", "b", "c"): REMOVE})) == {"a": {"d": 2}}


def test_a_missing_block_is_added() -> None:
    new = {"resources": {"aws_x": 1}, "outputs": {"name": "a: b"}}
    for case, rest in (("two", {"variables": {}}), ("three", {})):
        read = yaml.safe_load(edit(TEXT, {("cases", case, "expect"): new}))
        assert read["cases"][case] == {**rest, "expect": new}
        assert read["cases"]["one"] == yaml.safe_load(TEXT)["cases"]["one"]


def test_a_value_in_an_alias_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="is in an alias"):
        edit("a: &a {b: 1}\nc: *a\n", {("c", "b"): 2})


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("a:\n  - 1  # one\n  # end\nb: 2\n", 3, "a:\n  - 1  # one\n  - 3\n  # end\nb: 2\n"),
        ("a:\n- b: |\n    # text\n\nc: 2\n", {"b": 1, "d": [2]}, "a:\n- b: |\n    # text\n- b: 1\n  d: [2]\n\nc: 2\n"),
        ("a: [1]  # one\n", {"b": 1}, "a: [1, {b: 1}]  # one\n"),
        ("a:\r\n  - 1", "x", "a:\r\n  - 1\r\n  - x"),
    ],
)
def test_the_index_after_the_last_adds_an_element(text: str, value: Any, wanted: str) -> None:
    assert edit(text, {("a", 1): value}) == wanted
    with pytest.raises(ValueError, match="'2' cannot be added"):
        edit(text, {("a", 2): value})
