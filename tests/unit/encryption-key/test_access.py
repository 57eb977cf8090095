"""What the planned key policy allows, checked with an IAM simulator."""

from __future__ import annotations

from typing import Any

import pytest

from modproof.policies import Policies, Request, Verdict, decide, planned_policy

ACCOUNT, PRODUCTION = "012345678901", "210987654321"
AWS = "arn:aws-cn"
KEY = f"{AWS}:kms:cn-north-1:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555"
ALLOWED, IMPLICIT = Verdict.ALLOWED, Verdict.IMPLICITLY_DENIED
VIA_S3 = {"kms:ViaService": "s3.cn-north-1.amazonaws.com.cn"}
Asked = list[tuple[str, str, dict[str, Any], Verdict]]


def session(account: str, role: str) -> str:
    return f"{AWS}:sts::{account}:assumed-role/{role}/session"


@pytest.fixture(scope="module")
def key_policy(planned: Any) -> Any:
    return planned_policy(planned("encryption-key", "complete"), "aws_kms_key.this")


def check(key_policy: Any, asked: Asked, identity: Any = None) -> None:
    requests = [Request(who, action, KEY, context) for who, action, context, _ in asked]
    decisions = decide(Policies(identity or {}, resource=key_policy), requests)
    assert [decision.verdict for decision in decisions] == [expected for *_, expected in asked]


def test_administrators_run_the_key_and_read_nothing(key_policy: Any) -> None:
    admin = f"{AWS}:sts::{ACCOUNT}:assumed-role/key-admin/session"
    # a key policy has the administrator's path, a session ARN does not
    named = {"Version": "2012-10-17", "Statement": [
        {**statement, "Principal": {"AWS": f"{AWS}:iam::{ACCOUNT}:role/key-admin"}}
        if statement.get("Sid") == "Administration" else statement
        for statement in key_policy["Statement"]
    ]}  # fmt: skip
    check(
        named,
        [
            (admin, "kms:PutKeyPolicy", {}, ALLOWED),
            (admin, "kms:ScheduleKeyDeletion", {}, ALLOWED),
            (admin, "kms:CreateAlias", {}, ALLOWED),
            (admin, "kms:UpdateAlias", {}, ALLOWED),
            (admin, "kms:DeleteAlias", {}, ALLOWED),
            (admin, "kms:Encrypt", {}, IMPLICIT),
            (admin, "kms:Decrypt", {}, IMPLICIT),
            (admin, "kms:GenerateDataKey", {}, IMPLICIT),
            (admin, "kms:CreateGrant", {}, IMPLICIT),
        ],
    )


def test_services_act_for_this_account_and_its_resources_only(key_policy: Any) -> None:
    arn, account = "aws:SourceArn", "aws:SourceAccount"
    check(
        key_policy,
        [
            ("s3.amazonaws.com", "kms:Decrypt", {account: ACCOUNT, arn: f"{AWS}:s3:::ml-data"}, ALLOWED),
            ("s3.amazonaws.com", "kms:Decrypt", {account: ACCOUNT, arn: f"{AWS}:s3:::other"}, IMPLICIT),
            ("s3.amazonaws.com", "kms:Decrypt", {account: PRODUCTION, arn: f"{AWS}:s3:::ml-data"}, IMPLICIT),
            ("s3.amazonaws.com", "kms:Encrypt", {account: ACCOUNT, arn: f"{AWS}:s3:::ml-data"}, IMPLICIT),
            ("sqs.amazonaws.com", "kms:Decrypt", {account: ACCOUNT, arn: f"{AWS}:s3:::ml-data"}, IMPLICIT),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "alarms", "queue"),
    [
        ("kms:GenerateDataKey", ALLOWED, ALLOWED),
        ("kms:GenerateDataKeyWithoutPlaintext", ALLOWED, ALLOWED),
        ("kms:Decrypt", ALLOWED, ALLOWED),
        ("kms:DescribeKey", ALLOWED, IMPLICIT),
        ("kms:Encrypt", IMPLICIT, IMPLICIT),
        ("kms:ReEncryptFrom", IMPLICIT, IMPLICIT),
        ("kms:CreateGrant", IMPLICIT, IMPLICIT),
    ],
)
def test_services_use_data_keys_and_what_is_added(
    key_policy: Any, action: str, alarms: Verdict, queue: Verdict
) -> None:
    own = {"aws:SourceAccount": ACCOUNT}
    asked = [("cloudwatch.amazonaws.com", action, own, alarms), ("sns.amazonaws.com", action, own, queue)]
    check(key_policy, asked)


def test_other_account_decrypts_through_s3_where_its_own_policies_let_it(key_policy: Any) -> None:
    allow_all = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    everything = {"own": {"Version": "2012-10-17", "Statement": [allow_all]}}
    reader = session(PRODUCTION, "deployer")
    asked: Asked = [
        (reader, "kms:Decrypt", VIA_S3, ALLOWED),
        (reader, "kms:Decrypt", {}, IMPLICIT),
        (reader, "kms:Encrypt", VIA_S3, IMPLICIT),
        (reader, "kms:ScheduleKeyDeletion", {}, IMPLICIT),
        (session("333333333333", "deployer"), "kms:Decrypt", VIA_S3, IMPLICIT),
    ]
    check(key_policy, asked, everything)
    check(key_policy, [(who, action, context, IMPLICIT) for who, action, context, _ in asked])


def test_grants_are_for_aws_resources_only(key_policy: Any) -> None:
    notebook, for_aws = session(ACCOUNT, "notebook"), "kms:GrantIsForAWSResource"
    check(
        key_policy,
        [
            (notebook, "kms:Decrypt", {}, ALLOWED),
            (notebook, "kms:CreateGrant", {for_aws: True}, ALLOWED),
            (notebook, "kms:CreateGrant", {for_aws: False}, IMPLICIT),
            (notebook, "kms:CreateGrant", {}, IMPLICIT),
        ],
    )
