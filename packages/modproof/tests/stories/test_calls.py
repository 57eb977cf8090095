from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modproof.stories.calls import Scope, Unresolved, asserted, made
from modproof.stories.model import Assert, Call

SCOPE = Scope(
    "123456789012", "eu-west-1", {"name": "demo", "ids": [1, 2], "buckets": {"training": "b", "a.b": "dotted"}}
)


class Client:
    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.arguments: dict[str, Any] = {}

    def get_thing(self, **arguments: Any) -> Any:
        self.arguments = arguments
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Session:
    def __init__(self, answer: Any) -> None:
        self.made = Client(answer)

    def client(self, service: str) -> Client:
        assert service == "s3"
        return self.made


def check(**keys: Any) -> Assert:
    return Assert.model_validate({"name": "n", "call": "s3.get_thing", **keys})


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said so"}}, "GetThing")


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${outputs.name}", "demo"),
        ("${outputs.ids}", [1, 2]),
        ("${outputs.ids[1]}", 2),
        ("${outputs.ids.0}", 1),
        ('${outputs.buckets["a.b"]}', "dotted"),
        ("arn:aws:s3:::${outputs.buckets.training}/*", "arn:aws:s3:::b/*"),
        ("arn:${region}:${account}", "arn:eu-west-1:123456789012"),
        ("$${outputs.name}", "${outputs.name}"),
        ({"${outputs.name}": ["${ outputs.name }", 3, None, True]}, {"demo": ["demo", 3, None, True]}),
    ],
)
def test_references_are_filled_in(value: Any, filled: Any) -> None:
    assert SCOPE.fill(value) == filled


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${outputs.nme}", "${outputs.nme} names nothing: there is name, ids, buckets"),
        ("${name}", "${name} names nothing: there is account, region, outputs"),
        ("${outputs.ids[7]}", "${outputs.ids[7]} names nothing: there is a list of 2"),
        ("${outputs.name|x}", "is not written like ${outputs.name.key}"),
        ("${}", "names nothing"),
    ],
)
def test_a_reference_to_nothing_says_what_there_is(value: str, message: str) -> None:
    with pytest.raises(Unresolved) as error:
        SCOPE.fill(value)
    assert message in str(error.value)


def test_outputs_are_not_there_before_the_apply() -> None:
    with pytest.raises(Unresolved, match=r"there is account, region$"):
        Scope("1", "r").fill("${outputs.name}")


def test_an_answer_becomes_plain_data_without_metadata() -> None:
    when = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    answer = {"At": when, "Body": io.BytesIO(b"text"), "Raw": b"\xff", "L": (1,), "ResponseMetadata": {"x": 1}}
    session = Session(answer)
    call = Call.model_validate({"call": "s3.get_thing", "with": {"Name": "${outputs.name}"}})
    assert made(call, session, SCOPE) == {"At": "2024-01-02T00:00:00+00:00", "Body": "text", "Raw": "\ufffd", "L": [1]}
    assert session.made.arguments == {"Name": "demo"}


def test_a_mismatch_shows_both_values() -> None:
    session = Session({"Rules": [{"Key": "other"}], "More": 1})
    assert asserted(check(expect={"Rules": [{"Key": "${outputs.name}"}]}), session, SCOPE) == [
        'Rules[0].Key: expected "demo", found "other"'
    ]
    assert asserted(check(expect={"Rules": [{"Key": "other"}]}), session, SCOPE) == []


def test_an_expected_error_is_its_code() -> None:
    assert asserted(check(error="NoSuchBucket"), Session(refusal("NoSuchBucket")), SCOPE) == []
    assert asserted(check(error="NoSuchBucket"), Session(refusal("AccessDenied")), SCOPE) == [
        "s3.get_thing: expected the error NoSuchBucket, found AccessDenied: said so"
    ]
    assert asserted(check(error="NoSuchBucket"), Session({}), SCOPE) == [
        "s3.get_thing: expected the error NoSuchBucket, but it answered"
    ]
    assert asserted(check(expect={}), Session(refusal("AccessDenied")), SCOPE) == [
        "s3.get_thing ended with AccessDenied: said so"
    ]
