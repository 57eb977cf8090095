"""Who may register and who may approve a version, checked with an IAM simulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modproof.policies import Policies, Request, Verdict, decide, planned_policy

OWNER, ACCOUNT = "012345678901", "111111111111"
VERSION = f"arn:aws-cn:sagemaker:cn-north-1:{OWNER}:model-package/ml-complete/1"
STATUS = "sagemaker:ModelApprovalStatus"
EVERYTHING = {"own": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "register": ("CreateModelPackage", VERSION, {}),
    "register as pending": ("CreateModelPackage", VERSION, {STATUS: "PendingManualApproval"}),
    "register as approved": ("CreateModelPackage", VERSION, {STATUS: "Approved"}),
    "approve": ("UpdateModelPackage", VERSION, {STATUS: "Approved"}),
    "reject": ("UpdateModelPackage", VERSION, {STATUS: "Rejected"}),
    "describe anew": ("UpdateModelPackage", VERSION, {}),
    "look": ("DescribeModelPackage", VERSION, {}),
}
REGISTERING = {"register", "register as pending"}
APPROVING = {"approve", "reject"}


@pytest.fixture(scope="module")
def plan(planned: Any) -> Any:
    return planned("model-registry", "complete")


def allowed(policies: Policies, account: str, role: str) -> set[str]:
    """Return the names of the requests that a session of the role may make."""
    session = f"arn:aws-cn:sts::{account}:assumed-role/{role}/session"
    requests = [
        Request(session, f"sagemaker:{action}", resource, context, OWNER)
        for action, resource, context in REQUESTS.values()
    ]
    decisions = zip(REQUESTS, decide(policies, requests), strict=True)
    return {name for name, decision in decisions if decision.verdict is Verdict.ALLOWED}


@pytest.mark.parametrize(
    ("role", "may"), [("train", REGISTERING | {"look"}), ("review", APPROVING | {"look"}), ("other", set())]
)
def test_group_lets_a_role_of_another_account_register_or_approve(plan: Any, role: str, may: set[str]) -> None:
    group = planned_policy(plan, "aws_sagemaker_model_package_group_policy.this[0]", "resource_policy")

    assert allowed(Policies(EVERYTHING, resource=group), ACCOUNT, role) == may


@pytest.mark.parametrize(
    ("output", "may", "kept"),
    [
        ("register_policy_json", REGISTERING | {"look"}, REGISTERING | {"describe anew", "look"}),
        ("approve_policy_json", APPROVING | {"look"}, APPROVING | {"describe anew", "look"}),
    ],
)
def test_policy_of_a_role_keeps_registering_and_approving_apart(
    plan: Any, output: str, may: set[str], kept: set[str]
) -> None:
    own = {"apart": json.loads(plan.outputs[output])}

    assert allowed(Policies(own), OWNER, "role") == may
    # the denial holds whatever the role's other policies allow
    assert allowed(Policies(own | EVERYTHING), OWNER, "role") == kept


@pytest.mark.parametrize("output", ["consumer_policy_json", "register_policy_json"])
def test_who_deploys_or_registers_reads_the_artifact_and_the_image_of_the_model(plan: Any, output: str) -> None:
    bucket, repository = "arn:aws-cn:s3:::ml-complete-model", "repository/ml-complete/serving"
    requests = {
        ("s3:GetObject", f"{bucket}/churn/model.tar.gz", True),
        ("s3:GetObject", f"{bucket}/other/model.tar.gz", False),
        ("s3:PutObject", f"{bucket}/churn/model.tar.gz", False),
        ("sagemaker:DescribeModelPackage", VERSION, True),
        ("sagemaker:DeleteModelPackage", VERSION, False),
        ("sagemaker:UpdateModelPackage", VERSION, False),
        ("ecr:BatchGetImage", f"arn:aws-cn:ecr:cn-north-1:{OWNER}:{repository}", True),
        ("ecr:PutImage", f"arn:aws-cn:ecr:cn-north-1:{OWNER}:{repository}", False),
    }
    own = Policies({"own": json.loads(plan.outputs[output])})
    session = f"arn:aws-cn:sts::{OWNER}:assumed-role/role/session"
    asked = [Request(session, action, resource, {}, OWNER) for action, resource, _ in requests]

    decided = zip(requests, decide(own, asked), strict=True)
    assert {request for request, decision in decided if (decision.verdict is Verdict.ALLOWED) != request[2]} == set()


def test_who_registers_finds_the_group_as_the_sdk_does(plan: Any) -> None:
    own = Policies({"own": json.loads(plan.outputs["register_policy_json"])})
    request = Request(
        f"arn:aws-cn:sts::{OWNER}:assumed-role/role/session", "sagemaker:ListModelPackageGroups", "*", {}, OWNER
    )

    assert [decision.verdict for decision in decide(own, [request])] == [Verdict.ALLOWED]
