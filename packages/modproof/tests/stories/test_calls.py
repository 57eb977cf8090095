from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modproof.core.aws_calls import ApiCall
from modproof.core.results import Mismatch, Place, Problem
from modproof.emulator.calls import References, Unresolved, make_call
from modproof.stories.calls import acting, check_assert
from modproof.stories.model import Assert

PLACE = Place("story.yaml", 3)
REFERENCES = References(
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
def test_references_are_resolved(value: Any, filled: Any) -> None:
    assert REFERENCES.fill(value) == filled


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("${outputs.nme}", "${outputs.nme} does not exist: there is name, ids, buckets"),
        ("${name}", "${name} does not exist: there is account, region, outputs"),
        ("${outputs.ids[7]}", "${outputs.ids[7]} does not exist: there is a list of 2"),
        ("${outputs.name|x}", "is not a reference such as ${outputs.name.key}"),
        ("${}", "${} is empty"),
    ],
)
def test_an_unknown_reference_lists_the_existing_names(value: str, message: str) -> None:
    with pytest.raises(Unresolved) as error:
        REFERENCES.fill(value)
    assert message in str(error.value)


def test_outputs_do_not_exist_before_the_apply() -> None:
    with pytest.raises(Unresolved, match=r"there is account, region$"):
        References("1", "r").fill("${outputs.name}")


def test_a_response_becomes_plain_data_without_metadata() -> None:
    when = datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC)
    answer = {"At": when, "Body": io.BytesIO(b"text"), "Raw": b"\xff", "L": (1,), "ResponseMetadata": {"x": 1}}
    session = Session(answer)
    call = ApiCall.model_validate({"call": "s3.get_thing", "with": {"Name": "${outputs.name}"}})
    assert make_call(call, session, REFERENCES) == {
        "At": "2024-01-02T00:00:00+00:00",
        "Body": "text",
        "Raw": "\ufffd",
        "L": [1],
    }
    assert session.made.arguments == {"Name": "demo"}


def checked(check: Assert, answer: Any) -> list[Problem]:
    return check_assert(check, Session(answer), REFERENCES, PLACE)


def test_a_mismatch_has_the_call_and_both_values() -> None:
    answer = {"Rules": [{"Key": "other"}], "More": 1}
    assert checked(check(expect={"Rules": [{"Key": "${outputs.name}"}]}), answer) == [
        Problem("", PLACE, mismatch=Mismatch("s3.get_thing", ("Rules", 0, "Key"), "demo", "other"))
    ]
    assert checked(check(expect={"Rules": [{"Key": "other"}]}), answer) == []


def test_an_expected_error_is_compared_by_its_code() -> None:
    assert checked(check(error="NoSuchBucket"), refusal("NoSuchBucket")) == []
    for wanted, answer, message in (
        ({"error": "NoSuchBucket"}, refusal("AccessDenied"), "expected the error NoSuchBucket, found AccessDenied"),
        ({"error": "NoSuchBucket"}, {}, "expected the error NoSuchBucket, but it succeeded"),
        ({"expect": {}}, refusal("AccessDenied"), "s3.get_thing failed with AccessDenied: said so"),
    ):
        (problem,) = checked(check(**wanted), answer)
        assert problem.place == PLACE
        assert message in problem.message


def test_a_call_with_a_role_is_made_by_a_session_of_the_role() -> None:
    class WithRoles(Session):
        def acting(self, role: str) -> Session:
            return Session({"Role": role})

    role = "arn:aws:iam::123456789012:role/demo"
    as_role = check(expect={"Role": role}, **{"as": "arn:aws:iam::${account}:role/${outputs.name}"})
    assert check_assert(as_role, WithRoles({}), REFERENCES, PLACE) == []
    with pytest.raises(Unresolved, match="`as` is 'demo'; it must be the ARN of a role"):
        acting(check(expect={}, **{"as": "${outputs.name}"}), WithRoles({}), REFERENCES)
