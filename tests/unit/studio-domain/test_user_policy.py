"""What the planned policy allows a Studio user, checked with an IAM simulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modproof.policies import Decision, Policies, Request, Verdict, decide, planned_policy

ACCOUNT = "123456789012"
SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/demo-studio/SageMaker"
ADA = f"{SAGEMAKER}:user-profile/d-1/ada"
GRACE = f"{SAGEMAKER}:user-profile/d-1/grace"


@pytest.fixture(scope="module")
def policy(planned: Any) -> dict[str, Any]:
    """The policy for Ada. Studio sends SageMaker's policy variables, which the simulator has no values for."""
    found = planned_policy(planned("studio-domain", "minimal"), "aws_iam_policy.user[0]", "policy")
    text = json.dumps(found)
    for variable, value in {"DomainId": "d-1", "UserProfileName": "ada"}.items():
        assert f"${{sagemaker:{variable}}}" in text
        text = text.replace(f"${{sagemaker:{variable}}}", value)
    filled: dict[str, Any] = json.loads(text)
    return filled


def as_ada(policy: dict[str, Any], *requests: tuple[str, str, dict[str, Any]]) -> list[Decision]:
    asked = [
        Request(SESSION, f"sagemaker:{action}", f"{SAGEMAKER}:{resource}", context)
        for action, resource, context in requests
    ]
    return decide(Policies({"user": policy}), asked)


def space(owner: str, sharing: str = "Private") -> dict[str, Any]:
    return {"sagemaker:OwnerUserProfileArn": owner, "sagemaker:SpaceSharingType": sharing}


def test_a_user_works_in_private_spaces_of_their_own(policy: dict[str, Any]) -> None:
    decisions = as_ada(
        policy,
        ("CreateSpace", "space/d-1/mine", space(ADA)),
        ("CreateApp", "app/d-1/mine/JupyterLab/default", space(ADA)),
        ("DeleteApp", "app/d-1/mine/JupyterLab/default", space(ADA)),
        ("DeleteSpace", "space/d-1/mine", space(ADA)),
        ("AddTags", "space/d-1/mine", {"sagemaker:TaggingAction": "CreateSpace"}),
        ("CreatePresignedDomainUrl", "user-profile/d-1/ada", {}),
        ("DescribeDomain", "domain/d-1", {}),
    )

    assert [str(one) for one in decisions if one.verdict is not Verdict.ALLOWED] == []


def test_a_user_leaves_others_spaces_and_the_domain_alone(policy: dict[str, Any]) -> None:
    decisions = as_ada(
        policy,
        ("CreateSpace", "space/d-1/shared", space(ADA, "Shared")),
        ("DeleteSpace", "space/d-1/hers", space(GRACE)),
        ("CreateApp", "app/d-1/hers/JupyterLab/default", space(GRACE)),
        ("CreateSpace", "space/d-2/mine", space(ADA)),
        ("CreatePresignedDomainUrl", "user-profile/d-1/grace", {}),
        ("AddTags", "space/d-1/mine", {}),
        ("UpdateDomain", "domain/d-1", {}),
        ("UpdateUserProfile", "user-profile/d-1/ada", {}),
        ("DeleteDomain", "domain/d-1", {}),
    )

    assert [str(one) for one in decisions if one.verdict is not Verdict.IMPLICITLY_DENIED] == []


def test_a_user_runs_apps_and_spaces_on_the_allowed_instance_types_only(policy: dict[str, Any]) -> None:
    app, mine = "app/d-1/mine/JupyterLab/default", "space/d-1/mine"
    types = ("ml.t3.medium", "ml.m5.2xlarge", "system", "ml.m5.4xlarge", "ml.g5.xlarge")

    def on(action: str, resource: str) -> list[bool]:
        requests = [(action, resource, space(ADA) | {"sagemaker:InstanceTypes": [one]}) for one in types]
        return [decision.verdict is Verdict.ALLOWED for decision in as_ada(policy, *requests)]

    allowed = [True, True, True, False, False]
    assert [on("CreateApp", app), on("CreateSpace", mine), on("UpdateSpace", mine)] == [allowed, allowed, allowed]
