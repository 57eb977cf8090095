"""The most that deployers and the roles they create can do, and which workflows are trusted, by an IAM simulator."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from modproof.policies import Policies, Request, Verdict, decide, planned_policy

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"
DEPLOYER, PLANNER = f"{IAM}:role/deployer/demo-apply", f"{IAM}:role/deployer/demo-plan"
BOUNDARY, OWN_BOUNDARY = (f"{IAM}:policy/deployer/demo-{name}-boundary" for name in ("workload", "deployer"))
OWN_POLICY = f"{IAM}:policy/deployer/demo-apply-1"
PROVIDER = f"{IAM}:oidc-provider/token.actions.githubusercontent.com"
STATE = "arn:aws:s3:::demo-state/develop/endpoint/terraform.tfstate"
WORKLOAD, OTHER = f"{IAM}:role/demo-notebook", f"{IAM}:role/administrator"
EVERYTHING = {"all": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}
WITH = {"iam:PermissionsBoundary": BOUNDARY}
ADMINISTRATOR = {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}
CLAIMS = {
    "aud": "sts.amazonaws.com",
    "ref": "refs/heads/main",
    "repository": "example-org/environments",
    "sub": "repo:example-org/environments:environment:demo",
}
REPOSITORY = "repo:example-org/environments"
TAG = "aws:RequestTag/"

Asked = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def plan(planned: Any) -> Any:
    return planned("deployer-role", "with_state")


def verdicts(plan: Any, boundary: str, asked: list[Asked], role: str = "demo-apply") -> list[Verdict]:
    """The verdicts if the role's policies allow everything, so that only its boundary limits it."""
    policies = Policies(EVERYTHING, planned_policy(plan, f"aws_iam_policy.{boundary}_boundary"))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"
    requests = [Request(session, action, resource, context, ACCOUNT) for action, resource, context in asked]
    return [decision.verdict for decision in decide(policies, requests)]


REFUSED: list[Asked] = [
    # its own rights
    ("iam:AttachRolePolicy", DEPLOYER, ADMINISTRATOR | {"iam:PermissionsBoundary": OWN_BOUNDARY}),
    ("iam:AttachRolePolicy", PLANNER, ADMINISTRATOR | {"iam:PermissionsBoundary": OWN_BOUNDARY}),
    ("iam:PutRolePolicy", DEPLOYER, {"iam:PermissionsBoundary": OWN_BOUNDARY}),
    ("iam:CreatePolicyVersion", OWN_POLICY, {}),
    ("iam:SetDefaultPolicyVersion", OWN_POLICY, {}),
    ("iam:DeletePolicy", OWN_POLICY, {}),
    # its own trust
    ("iam:UpdateAssumeRolePolicy", DEPLOYER, {}),
    ("iam:UpdateAssumeRolePolicy", PLANNER, {}),
    ("iam:CreateOpenIDConnectProvider", PROVIDER, {}),
    ("iam:UpdateOpenIDConnectProviderThumbprint", PROVIDER, {}),
    ("iam:AddClientIDToOpenIDConnectProvider", PROVIDER, {}),
    ("iam:DeleteOpenIDConnectProvider", PROVIDER, {}),
    ("iam:CreateSAMLProvider", f"{IAM}:saml-provider/own", {}),
    # the boundaries
    ("iam:CreatePolicyVersion", BOUNDARY, {}),
    ("iam:CreatePolicyVersion", OWN_BOUNDARY, {}),
    ("iam:DeletePolicy", BOUNDARY, {}),
    ("iam:DeleteRolePermissionsBoundary", DEPLOYER, {"iam:PermissionsBoundary": OWN_BOUNDARY}),
    ("iam:DeleteRolePermissionsBoundary", WORKLOAD, WITH),
    ("iam:PutRolePermissionsBoundary", DEPLOYER, WITH),
    (
        "iam:PutRolePermissionsBoundary",
        WORKLOAD,
        {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    # other principals
    ("iam:CreateRole", WORKLOAD, {}),
    ("iam:CreateRole", WORKLOAD, {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ("iam:CreateRole", OTHER, WITH),
    ("iam:CreateRole", f"{IAM}:role/deployer/demo-second", WITH),
    ("iam:AttachRolePolicy", WORKLOAD, ADMINISTRATOR),
    ("iam:PutRolePolicy", WORKLOAD, {}),
    ("iam:PutRolePolicy", OTHER, {}),
    ("iam:PassRole", DEPLOYER, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    ("iam:PassRole", OTHER, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    ("iam:CreateUser", f"{IAM}:user/own", {}),
    ("iam:CreateAccessKey", f"{IAM}:user/administrator", {}),
    ("iam:CreateLoginProfile", f"{IAM}:user/administrator", {}),
    ("iam:AddUserToGroup", f"{IAM}:group/administrators", {}),
    ("sts:AssumeRole", OTHER, {}),
    ("sts:AssumeRole", PLANNER, {}),
    # the states
    ("s3:PutBucketPolicy", "arn:aws:s3:::demo-state", {}),
    ("s3:PutReplicationConfiguration", "arn:aws:s3:::demo-state", {}),
    ("s3:DeleteBucket", "arn:aws:s3:::demo-state", {}),
    ("s3:PutBucketVersioning", "arn:aws:s3:::demo-state", {}),
    ("s3:DeleteObjectVersion", STATE, {}),
    ("s3:PutObjectAcl", STATE, {}),
    # services that are not named
    ("lambda:CreateFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:own", {}),
    ("organizations:LeaveOrganization", "*", {}),
]


def test_no_policy_lets_the_deployer_raise_its_rights(plan: Any) -> None:
    found = zip(REFUSED, verdicts(plan, "deployer", REFUSED), strict=True)
    assert [asked for asked, verdict in found if verdict is Verdict.ALLOWED] == []


def test_the_deployer_manages_roles_with_the_boundary_below_its_prefix(plan: Any) -> None:
    asked: list[Asked] = [
        ("iam:CreateRole", WORKLOAD, WITH),
        ("iam:PutRolePolicy", WORKLOAD, WITH),
        ("iam:AttachRolePolicy", WORKLOAD, WITH | ADMINISTRATOR),
        ("iam:PassRole", WORKLOAD, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ("iam:DeleteRole", WORKLOAD, {}),
        ("iam:GetRole", DEPLOYER, {}),
        ("iam:CreatePolicy", f"{IAM}:policy/demo-data", {}),
        ("s3:CreateBucket", "arn:aws:s3:::demo-data", {}),
        ("s3:PutBucketPolicy", "arn:aws:s3:::demo-data", {}),
        ("s3:ListBucket", "arn:aws:s3:::demo-state", {}),
        ("s3:GetObject", STATE, {}),
        ("s3:PutObject", STATE, {}),
        ("s3:DeleteObject", f"{STATE}.tflock", {}),
    ]
    assert set(verdicts(plan, "deployer", asked)) == {Verdict.ALLOWED}


def test_a_role_of_the_deployer_cannot_leave_its_boundary(plan: Any) -> None:
    asked: list[Asked] = [
        ("iam:PutRolePolicy", WORKLOAD, WITH),
        ("iam:CreateRole", WORKLOAD, WITH),
        ("iam:PassRole", DEPLOYER, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ("iam:CreateAccessKey", f"{IAM}:user/administrator", {}),
        ("sts:AssumeRole", OTHER, {}),
        ("s3:GetObject", STATE, {}),
        ("s3:PutObject", STATE, {}),
    ]
    assert Verdict.ALLOWED not in verdicts(plan, "workload", asked, "demo-notebook")
    usual: list[Asked] = [
        ("iam:PassRole", WORKLOAD, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ("s3:GetObject", "arn:aws:s3:::demo-data/train.csv", {}),
    ]
    assert set(verdicts(plan, "workload", usual, "demo-notebook")) == {Verdict.ALLOWED}


TOKENS: list[tuple[dict[str, str], set[str]]] = [
    (CLAIMS, {"apply"}),
    (CLAIMS | {"sub": f"{REPOSITORY}:pull_request", "ref": "refs/pull/7/merge"}, {"plan"}),
    (CLAIMS | {"sub": f"{REPOSITORY}:ref:refs/heads/main"}, {"plan"}),
    (CLAIMS | {"sub": f"{REPOSITORY}:ref:refs/heads/feature", "ref": "refs/heads/feature"}, set()),
    (CLAIMS | {"ref": "refs/heads/feature"}, set()),
    (CLAIMS | {"sub": f"{REPOSITORY}:environment:production"}, set()),
    (CLAIMS | {"repository": "example-org/fork", "sub": "repo:example-org/fork:environment:demo"}, set()),
    (CLAIMS | {"repository": "other/environments", "sub": "repo:other/environments:pull_request"}, set()),
    (CLAIMS | {"aud": "https://github.com/example-org"}, set()),
    ({"aud": CLAIMS["aud"], "sub": CLAIMS["sub"]}, set()),
]


def test_only_workflows_of_the_repository_branch_and_environment_are_trusted(plan: Any) -> None:
    found: list[set[str]] = [set() for _ in TOKENS]
    for role, arn in (("apply", DEPLOYER), ("plan", PLANNER)):
        trust = planned_policy(plan, f'aws_iam_role.this["{role}"]', "assume_role_policy")
        # the simulator does not have GitHub's condition keys, which AWS compares as it does those of tags
        renamed = json.loads(json.dumps(trust).replace("token.actions.githubusercontent.com:", TAG))
        asked = [
            Request(
                PROVIDER, "sts:AssumeRoleWithWebIdentity", arn, {TAG + name: claims[name] for name in claims}, ACCOUNT
            )
            for claims, _ in TOKENS
        ]
        for roles, decision in zip(found, decide(Policies(resource=renamed), asked), strict=True):
            if decision.verdict is Verdict.ALLOWED:
                roles.add(role)
    assert found == [roles for _, roles in TOKENS]


def test_the_generated_policies_do_not_reach_the_state_of_the_deployers() -> None:
    files = sorted((ROOT / "examples/pipeline").glob("*/permissions.json"))
    assert files
    for file in files:
        documents = [one for each in json.loads(file.read_text(encoding="utf-8")).values() for one in each]
        patterns = [one for document in documents for each in document["Statement"] for one in each["Resource"]]
        state = f"arn:aws:s3:::${{name}}-state-${{account_id}}/{file.parent.name}/global/deployer/terraform.tfstate"
        assert [pattern for pattern in patterns if pattern != "*" and fnmatchcase(state, pattern)] == []
