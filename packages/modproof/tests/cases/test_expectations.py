from __future__ import annotations

import json
from functools import partial

import pytest

from modproof.cases.expectations import bad_tokens, mismatches
from modproof.core.results import Mismatch
from modproof.terraform.values import PlannedValue

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Deny"}]}
)
SUBJECT = "aws_x.this"
expect = partial(mismatches, subject=SUBJECT)
Differs = partial(Mismatch, SUBJECT)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="a mapping is a subset"),
        pytest.param({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}]}}, id="subsets nest"),
        pytest.param(1, 1.0, id="1 equals 1.0"),
        pytest.param({"a": "<absent>"}, {"b": 1}, id="absent: no key"),
        pytest.param({"a": "<absent>"}, {"a": None}, id="absent: null"),
        pytest.param({"a": "<any>"}, {"a": False}, id="any: false is a value"),
        pytest.param("<match ^arn:aws:>", "arn:aws:s3:::x", id="regex"),
        pytest.param({"<contains>": [{"Sid": "B"}]}, [{"Sid": "A"}, {"Sid": "B", "X": 1}], id="contains"),
        pytest.param({"Statement": {"<contains>": [{"Sid": "B", "Effect": "Deny"}]}}, POLICY, id="a policy is parsed"),
        pytest.param(None, None, id="null"),
    ],
)
def test_a_value_that_matches_has_no_mismatch(expected: object, value: object) -> None:
    assert expect(expected, PlannedValue(value)) == []


@pytest.mark.parametrize(
    ("expected", "value", "mismatch"),
    [
        pytest.param({"a": 1}, {"a": 2}, Differs(("a",), 1, 2), id="scalar"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, Differs(("a", "b"), 1, state="absent"), id="missing key"),
        pytest.param(True, 1, Differs((), True, 1), id="true is not 1"),
        pytest.param("1", 1, Differs((), "1", 1), id="a string is not a number"),
        pytest.param([1, 2], [1], Differs((), [1, 2], [1], kind="length"), id="length"),
        pytest.param({"a": ["x"]}, {"a": ["y"]}, Differs(("a", 0), "x", "y"), id="element"),
        pytest.param("<absent>", 0, Differs((), "<absent>", 0), id="absent: 0 is a value"),
        pytest.param({"a": "<any>"}, {}, Differs(("a",), "<any>", state="absent"), id="any: no key"),
        pytest.param({"a": "<any>"}, {"a": None}, Differs(("a",), "<any>", None), id="any: null"),
        pytest.param("<match ^b>", "abc", Differs((), "<match ^b>", "abc"), id="regex"),
        pytest.param("<match .>", 5, Differs((), "<match .>", 5), id="a regex does not match a number"),
        pytest.param("<unknown>", "x", Differs((), "<unknown>", "x"), id="unknown"),
        pytest.param("<sensitive>", "x", Differs((), "<sensitive>", "x"), id="sensitive"),
        pytest.param({"<contains>": [3]}, [1, 2], Differs((), 3, [1, 2], kind="element"), id="contains"),
        pytest.param({"<contains>": [3]}, {}, Differs((), [3], {}, kind="list"), id="contains: not a list"),
        pytest.param({"a": 1}, "text", Differs((), {"a": 1}, "text", kind="json"), id="not JSON"),
        pytest.param({"a": 1}, None, Differs((), {"a": 1}, None, kind="mapping"), id="null is not a mapping"),
        pytest.param([1], {"a": 1}, Differs((), [1], {"a": 1}, kind="list"), id="a mapping is not a list"),
    ],
)
def test_a_mismatch_has_the_path_the_expectation_and_the_value(
    expected: object, value: object, mismatch: Mismatch
) -> None:
    assert expect(expected, PlannedValue(value)) == [mismatch]


def test_an_unknown_value_only_matches_the_token_unknown() -> None:
    found = PlannedValue(
        {"name": "x", "tags": {"a": "1"}, "subnets": ["s", None]},
        {"arn": True, "tags": {}, "subnets": [False, True]},
    )
    assert expect({"arn": "<unknown>", "subnets": ["s", "<unknown>"]}, found) == []
    assert expect({"arn": "x", "subnets": ["s", "t"]}, found) == [
        Differs(("arn",), "x", state="unknown"),
        Differs(("subnets", 1), "t", state="unknown"),
    ]
    assert expect({"arn": "<any>"}, found) == [Differs(("arn",), "<any>", state="unknown")]
    assert expect({"arn": "<absent>"}, found) == [Differs(("arn",), "<absent>", state="unknown")]


def test_a_mismatch_never_has_a_sensitive_value() -> None:
    found = PlannedValue({"key": "s3cr3t", "keys": ["a", "s3cr3t"]}, False, {"key": True, "keys": [False, True]})
    assert expect({"key": "<sensitive>", "keys": ["a", "<sensitive>"]}, found) == []
    assert expect({"key": "x", "keys": ["a"]}, found) == [
        Differs(("key",), "x", state="sensitive"),
        Differs(("keys",), ["a"], state="sensitive", kind="length"),
    ]


def test_all_differences_are_reported_below_the_given_path() -> None:
    found = PlannedValue({"a": 1, "b": 0, "c": 0})
    assert [each.path for each in expect({"a": 1, "b": 2, "c": 3}, found, path=("x",))] == [("x", "b"), ("x", "c")]


def test_a_token_that_could_never_match_is_an_error() -> None:
    assert bad_tokens({"a": ["<html>", "<match (>"]}) == [
        "a[1]: '<match (>' is not a regular expression: missing ), unterminated subpattern at position 0"
    ]
    assert bad_tokens("<unknown value>") == [
        "value: '<unknown value>' is not a token; tokens are <absent>, <unknown>, <any>, <sensitive>, <match REGEX>"
    ]
    assert bad_tokens({"a": {"<contains>": 1}}) == ["a: <contains> takes a list"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<unkown>", "<unknown>"),
        ("<unknwon>", "<unknown>"),
        ("<Unknown>", "<unknown>"),
        ("<sensitve>", "<sensitive>"),
        ("<abscent>", "<absent>"),
        ("<ANY>", "<any>"),
        ("<macth ^a>", "<match REGEX>"),
        ("<matches ^a>", "<match REGEX>"),
    ],
)
def test_a_misspelled_token_is_an_error_with_the_nearest_one(written: str, meant: str) -> None:
    assert bad_tokens({"a": [written]}) == [f"a[0]: {written!r} is not a token; did you mean {meant}?"]


def test_a_misspelled_contains_is_an_error() -> None:
    assert bad_tokens({"a": {"<contain>": [1]}}) == ["a: '<contain>' is not a token; did you mean <contains>?"]


@pytest.mark.parametrize(
    "text", ["<html>", "<agent>", "<patch>", "<b>unkown</b>", "unkown", "<name of x>", "<>", "a <unkown>"]
)
def test_other_text_in_angle_brackets_is_an_ordinary_string(text: str) -> None:
    assert bad_tokens({"a": text}) == []
    assert expect(text, PlannedValue(text)) == []
