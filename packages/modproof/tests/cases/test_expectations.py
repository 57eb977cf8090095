from __future__ import annotations

import json

import pytest

from modproof.cases.expectations import bad_tokens, mismatches

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow"}, {"Sid": "B", "Effect": "Deny"}]}
)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="a mapping is a subset"),
        pytest.param({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}]}}, id="subsets nest"),
        pytest.param(1, 1.0, id="one is one"),
        pytest.param({"a": "<absent>"}, {"b": 1}, id="absent: no key"),
        pytest.param({"a": "<absent>"}, {"a": None}, id="absent: null"),
        pytest.param({"a": "<any>"}, {"a": False}, id="any: false is a value"),
        pytest.param("<match ^arn:aws:>", "arn:aws:s3:::x", id="regex"),
        pytest.param({"<contains>": [{"Sid": "B"}]}, [{"Sid": "A"}, {"Sid": "B", "X": 1}], id="contains"),
        pytest.param({"Statement": {"<contains>": [{"Sid": "B", "Effect": "Deny"}]}}, POLICY, id="a policy is parsed"),
        pytest.param(None, None, id="null"),
    ],
)
def test_mismatches_is_empty_where_the_value_holds(expected: object, actual: object) -> None:
    assert mismatches(expected, actual) == []


@pytest.mark.parametrize(
    ("expected", "actual", "text"),
    [
        pytest.param({"a": 1}, {"a": 2}, "a: expected 1, found 2", id="scalar"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, "a.b: expected 1, found nothing", id="missing"),
        pytest.param(True, 1, "value: expected true, found 1", id="true is not one"),
        pytest.param("1", 1, 'value: expected "1", found 1', id="text is not a number"),
        pytest.param([1, 2], [1], "value: expected 2 elements [1, 2], found 1 [1]", id="length"),
        pytest.param({"a": ["x"]}, {"a": ["y"]}, 'a[0]: expected "x", found "y"', id="element"),
        pytest.param("<absent>", 0, "value: expected nothing, found 0", id="absent"),
        pytest.param({"a": "<any>"}, {}, "a: expected a value, found nothing", id="any"),
        pytest.param("<match ^b>", "abc", 'value: expected text that matches ^b, found "abc"', id="regex"),
        pytest.param("<match .>", 5, "value: expected text that matches ., found 5", id="regex of a number"),
        pytest.param("<unknown>", "x", 'value: expected a value known only after apply, found "x"', id="unknown"),
        pytest.param(
            {"<contains>": [3]}, [1, 2], "value: expected an element like 3, found none among [1, 2]", id="contains"
        ),
        pytest.param({"a": 1}, "text", 'value: expected {"a": 1}, found the text "text", which is not JSON', id="json"),
        pytest.param({"a": 1}, None, "value: expected a mapping, found null", id="null is no mapping"),
    ],
)
def test_mismatches_names_path_expected_and_found(expected: object, actual: object, text: str) -> None:
    assert mismatches(expected, actual) == [text]


def test_mismatches_knows_what_is_unknown() -> None:
    actual = {"name": "x", "tags": {"a": "1"}, "subnets": ["s", None]}
    unknown = {"arn": True, "tags": {}, "subnets": [False, True]}
    assert mismatches({"arn": "<unknown>", "subnets": ["s", "<unknown>"]}, actual, unknown=unknown) == []
    assert mismatches({"arn": "x", "subnets": ["s", "t"]}, actual, unknown=unknown) == [
        'arn: expected "x", found a value known only after apply',
        'subnets[1]: expected "t", found a value known only after apply',
    ]
    assert mismatches({"arn": "<any>"}, actual, unknown=unknown) == [
        "arn: expected a value, found a value known only after apply"
    ]


def test_mismatches_shows_every_difference() -> None:
    assert len(mismatches({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 0, "c": 0})) == 2


def test_bad_tokens_refuses_what_would_never_match() -> None:
    assert bad_tokens({"a": ["<unknwon>", "<html>", "<match (>"]}) == [
        "a[2]: '<match (>' is no regular expression: missing ), unterminated subpattern at position 0"
    ]
    assert bad_tokens("<unknown value>") == [
        "value: '<unknown value>' is no token; tokens are <absent>, <unknown>, <any>, <sensitive>, <match REGEX>"
    ]
