"""IAM's evaluation logic as documented by AWS, and requests that are refused instead of evaluated.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and its subpages.
"""

from __future__ import annotations

from typing import Any

import pytest

from modproof.core.errors import ConfigurationError, ToolMissing
from modproof.policies import Policies, Request, Verdict, decide, decide_each, installation

ACCOUNT, OTHER = "123456789012", "210987654321"
ME = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"
STRANGER = f"arn:aws:sts::{OTHER}:assumed-role/reader/session"
BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/a.csv"
ALLOWED, IMPLICIT, EXPLICIT = Verdict.ALLOWED, Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED


def statement(effect: str = "Allow", action: Any = "s3:GetObject", resource: Any = OBJECT, **more: Any) -> Any:
    parts = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {key: value for key, value in parts.items() if value is not None}


def document(*statements: Any) -> Any:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def verdict(
    *statements: Any,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    context: dict[str, Any] | None = None,
    boundary: Any = None,
    bucket: Any = None,
    who: str = ME,
) -> Verdict:
    policies = Policies({"own": document(*statements)} if statements else {}, boundary, bucket)
    [decision] = decide(policies, [Request(who, action, resource, context or {}, account=ACCOUNT)])
    return decision.verdict


def test_request_without_a_policy_is_implicitly_denied() -> None:
    assert verdict() is IMPLICIT


def test_allow_permits_only_its_action_and_resource() -> None:
    policies = Policies({"own": document(statement())})
    targets = [("s3:GetObject", OBJECT), ("s3:PutObject", OBJECT), ("s3:GetObject", f"{OBJECT}.bak")]
    decisions = decide(policies, [Request(ME, action, resource, account=ACCOUNT) for action, resource in targets])
    assert [decision.verdict for decision in decisions] == [ALLOWED, IMPLICIT, IMPLICIT]
    assert decisions[0].because == ("own/#1",)


def test_explicit_deny_overrides_every_allow() -> None:
    denied = document(statement("Deny", Sid="Never"))
    policies = Policies({"a": document(statement()), "b": denied}, resource=None)
    [decision] = decide(policies, [Request(ME, "s3:GetObject", OBJECT, account=ACCOUNT)])
    assert decision.verdict is EXPLICIT
    assert decision.because == ("b/Never",)
    assert str(decision) == f"s3:GetObject on {OBJECT}: explicitly denied by b/Never"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:Get*", "arn:aws:s3:::data/*", ALLOWED),
        ("S3:getobject", OBJECT, ALLOWED),
        ("s3:GetObjec?", "arn:aws:s3:::dat?/a.csv", ALLOWED),
        ("s3:GetObject", "arn:aws:s3:::DATA/*", IMPLICIT),
        ("s3:*", "arn:aws:s3:::other/*", IMPLICIT),
        ("*", "*", ALLOWED),
    ],
)
def test_wildcards_match_actions_and_resources(action: str, resource: str, expected: Verdict) -> None:
    assert verdict(statement(action=action, resource=resource)) is expected


def test_not_action_and_not_resource_match_everything_else() -> None:
    all_but_read = statement(action=None, NotAction="s3:GetObject", resource="*")
    all_but_data = statement(action="s3:*", resource=None, NotResource=f"{BUCKET}/*")
    assert verdict(all_but_read) is IMPLICIT
    assert verdict(all_but_read, action="s3:PutObject") is ALLOWED
    assert verdict(all_but_data) is IMPLICIT
    assert verdict(all_but_data, resource="arn:aws:s3:::other/a.csv") is ALLOWED


SUBNETS, RUNTIME, KEY = "sagemaker:VpcSubnets", "sagemaker:MaxRuntimeInSeconds", "sagemaker:VolumeKmsKeyArn"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/a"
NOW = "aws:CurrentTime"
JOB = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/job"


CONDITIONS: list[tuple[Any, dict[str, Any], Verdict]] = [
    ({"StringEquals": {"aws:RequestTag/a": ["x", "y"]}}, {"aws:RequestTag/a": "y"}, ALLOWED),
    ({"StringEquals": {"aws:RequestTag/a": "x"}}, {"aws:RequestTag/a": "X"}, IMPLICIT),
    ({"StringEqualsIgnoreCase": {"aws:RequestTag/a": "x"}}, {"aws:RequestTag/a": "X"}, ALLOWED),
    ({"StringEquals": {"aws:RequestTag/a": "x"}}, {}, IMPLICIT),
    ({"StringEqualsIfExists": {"aws:RequestTag/a": "x"}}, {}, ALLOWED),
    ({"StringEqualsIfExists": {"aws:RequestTag/a": "x"}}, {"aws:RequestTag/a": "y"}, IMPLICIT),
    ({"StringNotEquals": {"aws:RequestTag/a": "x"}}, {}, ALLOWED),
    ({"StringNotEquals": {"aws:RequestTag/a": ["x", "y"]}}, {"aws:RequestTag/a": "y"}, IMPLICIT),
    ({"StringLike": {"aws:RequestTag/a": "ml-*"}}, {"aws:RequestTag/a": "ml-dev"}, ALLOWED),
    ({"StringLike": {"aws:RequestTag/a": "ml-?"}}, {"aws:RequestTag/a": "ml-dev"}, IMPLICIT),
    ({"ArnEquals": {KEY: KEY_ARN}}, {KEY: KEY_ARN}, ALLOWED),
    ({"ArnLike": {KEY: f"arn:aws:kms:*:{ACCOUNT}:key/*"}}, {KEY: KEY_ARN}, ALLOWED),
    ({"ArnLike": {KEY: f"arn:aws:kms:*:{OTHER}:key/*"}}, {KEY: KEY_ARN}, IMPLICIT),
    ({"NumericLessThanEquals": {RUNTIME: "60"}}, {RUNTIME: 60}, ALLOWED),
    ({"NumericLessThanEquals": {RUNTIME: "60"}}, {RUNTIME: 61}, IMPLICIT),
    ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": True}, ALLOWED),
    ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": False}, IMPLICIT),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.1.2.3"}, ALLOWED),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "11.1.2.3"}, IMPLICIT),
    ({"DateLessThan": {NOW: "2027-01-01T00:00:00Z"}}, {NOW: "2026-05-01T00:00:00Z"}, ALLOWED),
    ({"DateLessThan": {NOW: "2027-01-01T00:00:00Z"}}, {NOW: "2027-05-01T00:00:00Z"}, IMPLICIT),
    ({"Null": {"aws:RequestTag/a": "true"}}, {}, ALLOWED),
    ({"Null": {"aws:RequestTag/a": "false"}}, {}, IMPLICIT),
    ({"ForAllValues:StringEquals": {SUBNETS: ["a", "b"]}}, {SUBNETS: ["a"]}, ALLOWED),
    ({"ForAllValues:StringEquals": {SUBNETS: ["a", "b"]}}, {SUBNETS: ["a", "c"]}, IMPLICIT),
    ({"ForAllValues:StringEquals": {SUBNETS: ["a", "b"]}}, {}, ALLOWED),
    ({"ForAnyValue:StringEquals": {SUBNETS: ["a", "b"]}}, {SUBNETS: ["a", "c"]}, ALLOWED),
    ({"ForAnyValue:StringEquals": {SUBNETS: ["a", "b"]}}, {SUBNETS: ["c"]}, IMPLICIT),
    ({"ForAnyValue:StringEquals": {SUBNETS: ["a", "b"]}}, {}, IMPLICIT),
    # several keys and operators: all must match
    ({"StringEquals": {"aws:RequestTag/a": "x", "aws:RequestTag/b": "y"}}, {"aws:RequestTag/a": "x"}, IMPLICIT),
    ({"Null": {KEY: "false"}, "NumericLessThan": {RUNTIME: "9"}}, {KEY: KEY_ARN, RUNTIME: 9}, IMPLICIT),
]


@pytest.fixture(scope="module")
def condition_verdicts() -> list[Verdict]:
    action = "sagemaker:CreateTrainingJob"
    decisions = decide_each(
        (
            Policies({"own": document(statement(action=action, resource="*", Condition=condition))}),
            Request(ME, action, JOB, context),
        )
        for condition, context, _ in CONDITIONS
    )
    return [decision.verdict for decision in decisions]


@pytest.mark.parametrize("row", range(len(CONDITIONS)), ids=lambda row: f"{CONDITIONS[row][0]} {CONDITIONS[row][1]}")
def test_condition_operators_match_as_documented(condition_verdicts: list[Verdict], row: int) -> None:
    assert condition_verdicts[row] is CONDITIONS[row][2]


def test_policy_variables_resolve_to_the_request_context() -> None:
    own_folder = statement(resource="arn:aws:s3:::data/${aws:PrincipalTag/team}/*")
    for team, expected in (("ml", ALLOWED), ("other", IMPLICIT)):
        context = {"aws:PrincipalTag/team": team}
        assert verdict(own_folder, resource="arn:aws:s3:::data/ml/a.csv", context=context) is expected


def test_boundary_limits_permissions_and_grants_none() -> None:
    boundary = document(statement(action="s3:Get*", resource="*"))
    assert verdict(boundary=boundary) is IMPLICIT
    assert verdict(statement(action="s3:*", resource="*"), boundary=boundary) is ALLOWED
    assert verdict(statement(action="s3:*", resource="*"), action="s3:PutObject", boundary=boundary) is IMPLICIT


def test_bucket_policy_is_sufficient_within_an_account() -> None:
    bucket = document(statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}))
    assert verdict(bucket=bucket) is ALLOWED


def test_cross_account_access_needs_both_policies() -> None:
    bucket = document(statement(Principal={"AWS": f"arn:aws:iam::{OTHER}:role/reader"}))
    assert verdict(bucket=bucket, who=STRANGER) is IMPLICIT
    assert verdict(statement(), who=STRANGER) is IMPLICIT
    assert verdict(statement(), bucket=bucket, who=STRANGER) is ALLOWED


def test_deny_in_the_bucket_policy_overrides_an_allow_of_the_role() -> None:
    bucket = document(
        statement("Deny", "s3:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    )
    assert verdict(statement(), bucket=bucket, context={"aws:SecureTransport": False}) is EXPLICIT
    assert verdict(statement(), bucket=bucket, context={"aws:SecureTransport": True}) is ALLOWED


def test_key_policy_without_the_root_principal_denies_a_role_with_an_iam_policy() -> None:
    # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/a"
    own = statement(action="kms:Decrypt", resource=key)
    root = document(statement(action="kms:*", resource="*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    admin = document(statement(action="kms:*", resource="*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/admin"}))
    assert verdict(own, action="kms:Decrypt", resource=key, bucket=root) is ALLOWED
    assert verdict(own, action="kms:Decrypt", resource=key, bucket=admin) is IMPLICIT


@pytest.mark.parametrize(
    ("action", "resource", "context", "message"),
    [
        ("s3:GetObjekt", OBJECT, {}, "AWS has no such action"),
        ("s4:GetObject", OBJECT, {}, "AWS has no such service"),
        ("s3:DeleteBucket", JOB, {}, "does not support this resource type"),
        ("sagemaker:ListTrainingJobs", JOB, {}, "use * as the resource"),
        ("s3:GetObject", "arn:aws:s3:::data/*", {}, "use the ARN of one resource"),
        ("s3:GetObject", OBJECT, {KEY: KEY_ARN}, f"the action does not send {KEY}"),
    ],
)  # fmt: skip
def test_impossible_request_is_an_error_instead_of_a_denial(
    action: str, resource: str, context: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        verdict(statement(action="*", resource="*"), action=action, resource=resource, context=context)
    assert message in str(caught.value)


def test_policy_that_iam_would_reject_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="IAM would reject a policy"):
        verdict(statement("Perhaps"))


def test_no_requests_start_no_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modproof.policies.evaluator.simulator", lambda: pytest.fail("the simulator was started"))
    assert decide(Policies(), []) == []


def test_unreachable_npm_registry_is_reported(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path))  # without npm's cache
    monkeypatch.setattr(installation, "_TIMEOUT_SECONDS", 20.0)
    monkeypatch.setattr(installation, "_RETRIES", "0")
    with pytest.raises(ToolMissing, match="the policy simulator cannot be installed"):
        installation.simulator()
