"""IAM's documented evaluation logic, as a table that modproof's policy simulator is held to as well.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localstack_sagemaker.iam.documents import Document, Principal, document
from localstack_sagemaker.iam.evaluation import Policies, Request, decide

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
