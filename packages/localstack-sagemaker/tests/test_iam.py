"""IAM's documented evaluation logic, as a table that modproof's policy simulator is held to as well.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localstack_sagemaker.iam.documents import Document, Principal, document
from localstack_sagemaker.iam.evaluation import Policies, Request, decide
from localstack_sagemaker.iam.patterns import matches, resource_matches

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "iam_cases.json").read_text())


def principal(name: str) -> Principal:
    """A session of a role, or a service."""
    if not name.startswith("arn:"):
        return Principal(name, "", service=name)
    account = name.split(":")[4]
    return Principal(name, account, role=f"arn:aws:iam::{account}:role/{name.split('/')[1]}")


def parsed(case: dict[str, Any], key: str) -> Document | None:
    return document(json.dumps(case[key])) if key in case else None


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_decision_is_the_documented_one(case: dict[str, Any]) -> None:
    identity, boundary = parsed(case, "identity"), parsed(case, "boundary")
    context = {key.lower(): value for key, value in case.get("context", {}).items()}
    policies = Policies(
        identity=(("own", identity),) if identity else (),
        boundary=("boundary", boundary) if boundary else None,
        resource=parsed(case, "resource_policy"),
    )
    request = Request(principal(case["principal"]), case["action"], case["resource"], context, case["account"])
    decision = decide(request, policies)
    verdict = "allowed" if decision.allowed else "explicitly denied" if decision.explicit else "implicitly denied"
    assert verdict == case["expect"], decision


TEAM = "${aws:PrincipalTag/team}"
JOB = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/"


def _element(**element: Any) -> dict[str, Any]:
    return {"Resource": "*"} | element if "NotResource" not in element else element


# The simulator differs from AWS's documentation here:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value and
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
@pytest.mark.parametrize(
    ("element", "matches"),
    [
        (_element(Condition={"StringNotEquals": {"aws:RequestTag/a": TEAM}}), True),
        (_element(Condition={"StringNotLike": {"aws:RequestTag/a": f"{TEAM}*"}}), True),
        (_element(Condition={"StringNotEquals": {"aws:RequestTag/a": [TEAM, "x"]}}), True),
        (_element(Condition={"StringNotEquals": {"aws:RequestTag/a": [TEAM, "y"]}}), False),
        (_element(Condition={"StringEquals": {"aws:RequestTag/a": TEAM}}), False),
        (_element(Resource=f"{JOB}{TEAM}*"), False),
        (_element(NotResource=f"{JOB}{TEAM}*"), True),
        (_element(NotResource=[f"{JOB}{TEAM}*", f"{JOB}train"]), False),
        (_element(Resource="arn:aws:sagemaker:*:training-job/train"), True),
        (_element(Resource="arn:aws:*:training-job/train"), True),
        (_element(Resource="arn:aws:sagemaker:eu*:training-job/*"), True),
        (_element(Resource="arn:aws:sagemaker:*:training-job/other"), False),
        (_element(Resource="arn:aws:sagemaker:*012:training-job/train"), False),
        (_element(Resource="arn:aws:sagemaker:eu-west-?:123456789012:training-job/train"), True),
        (_element(Resource="arn:aws:sagemaker?eu-west-1:123456789012:training-job/train"), False),
        (_element(Resource="arn:aws:s3*:training-job/train"), False),
    ],
    ids=str,
)
def test_statement_matches_as_documented(element: dict[str, Any], matches: bool) -> None:
    context = {"aws:requesttag/a": "y"}
    for effect in ("Allow", "Deny"):
        statement = {"Effect": effect, "Action": "*", **element}
        found = document(json.dumps({"Version": "2012-10-17", "Statement": statement}))
        one = found.matching("sagemaker:CreateTrainingJob", f"{JOB}train", context, allows=effect == "Allow")
        assert (one is not None) is matches


# a case of the simulator is not possible: it takes variables in every version, and each policy is valid
LITERAL = {"StringEquals": {"aws:RequestTag/a": "${aws:username}"}}


@pytest.mark.parametrize(("version", "value"), [("2008-10-17", "${aws:username}"), ("2012-10-17", "ada")])
def test_only_the_newer_version_has_variables_in_conditions_too(version: str, value: str) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": LITERAL}
    found = document(json.dumps({"Version": version, "Statement": statement}))
    for one in ("${aws:username}", "ada"):
        context = {"aws:requesttag/a": one, "aws:username": "ada"}
        assert bool(found.matching("s3:GetObject", "arn:aws:s3:::data/a", context, allows=True)) is (one == value)


@pytest.mark.parametrize("wanted", ["1e17", "1e400", "9999999999999", "never", "20270230"])
def test_impossible_date_matches_nothing(wanted: str) -> None:
    statement = {**_allow("*")["Statement"], "Condition": {"DateLessThan": {"aws:CurrentTime": wanted}}}
    found = document(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    context = {"aws:currenttime": "2026-05-01T00:00:00Z"}
    assert found.matching("s3:GetObject", "arn:aws:s3:::data/a", context, allows=True) is None


ODD: list[Any] = [None, 5, "x", [], {}, ["x"], [5], {"a": 1}]


@pytest.mark.parametrize("element", ["Statement", "Action", "Resource", "Principal", "Condition", "Version", "Sid", ""])
@pytest.mark.parametrize("value", ODD, ids=json.dumps)
def test_malformed_policy_never_raises(element: str, value: Any) -> None:
    valid: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{**_allow("*")["Statement"], "Principal": "*"}]}
    if element in ("Statement", "Version"):
        valid[element] = value
    elif element:
        valid["Statement"][0][element] = value
    found = document(json.dumps(valid if element else value))
    who = principal("arn:aws:sts::123456789012:assumed-role/reader/session")
    for allows in (True, False):
        found.matching("s3:GetObject", "arn:aws:s3:::data/a", {}, allows=allows)
    found.granting(who, "s3:GetObject", "arn:aws:s3:::data/a", {})


@pytest.mark.parametrize("text", ["", "not json", "%7B", "[" * 100_000], ids=lambda text: text[:8])
def test_text_that_is_not_json_allows_nothing(text: str) -> None:
    assert document(text) == Document(())


def test_session_policies_limit_what_the_role_allows() -> None:
    own, narrow = (document(json.dumps(_allow(action))) for action in ("s3:*", "s3:GetObject"))
    who = principal("arn:aws:sts::123456789012:assumed-role/reader/session")
    for action, allowed in (("s3:GetObject", True), ("s3:PutObject", False)):
        request = Request(who, action, "arn:aws:s3:::data/a", {}, who.account)
        decision = decide(request, Policies((("own", own),), session=(("session policy", narrow),)))
        assert decision.allowed is allowed
        assert ("no session policy allows" in decision.reason) is not allowed


def _allow(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement}


@pytest.mark.parametrize("function", [matches, resource_matches])
def test_many_wildcards_are_decided_without_backtracking(function: Callable[[str, str], bool]) -> None:
    prefix = "arn:aws:s3:::"
    assert not function(prefix + "*a" * 40 + "b", prefix + "a" * 200)
    assert function(prefix + "*a?" * 20 + "*b", prefix + "ab" * 100)
