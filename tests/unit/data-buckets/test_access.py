"""What the bucket policies and the replication role allow, checked with an IAM simulator."""

from __future__ import annotations

from typing import Any

import pytest

from modproof.policies import Policies, Request, Role, Verdict, decide, planned_policy

ACCOUNT, READER_ACCOUNT = "012345678901", "210987654321"
AWS = "arn:aws-us-gov"
MODEL = f"{AWS}:s3:::complete-model-{ACCOUNT}"
RAW = f"{AWS}:s3:::a-bucket-of-its-own"
KEY = f"{AWS}:kms:us-gov-west-1:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555"
COPY_KEY = f"{AWS}:kms:us-gov-east-1:{READER_ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
ALLOWED, IMPLICIT, EXPLICIT = Verdict.ALLOWED, Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED
EVERYTHING = {"own": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}
TLS = {"aws:SecureTransport": True, "s3:TlsVersion": "1.3"}
ENCRYPTION = "s3:x-amz-server-side-encryption"


def session(account: str, role: str) -> str:
    return f"{AWS}:sts::{account}:assumed-role/{role}/session"


@pytest.fixture(scope="module")
def plan(planned: Any) -> Any:
    return planned("data-buckets", "complete")


@pytest.fixture(scope="module")
def bucket(plan: Any) -> Policies:
    """The model bucket's policy, for a principal with full access in its own policies."""
    return Policies(EVERYTHING, resource=planned_policy(plan, 'aws_s3_bucket_policy.this["model"]'))


def test_uploads_with_the_pipeline_s_key_or_with_none_named(bucket: Policies) -> None:
    named, key_id = {ENCRYPTION: "aws:kms"}, f"{ENCRYPTION}-aws-kms-key-id"
    uploads: list[tuple[dict[str, Any], Verdict]] = [
        ({}, ALLOWED),
        (named | {key_id: KEY}, ALLOWED),
        (named | {key_id: COPY_KEY}, EXPLICIT),
        (named, EXPLICIT),
        ({ENCRYPTION: "AES256"}, EXPLICIT),
        ({"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"}, EXPLICIT),
        ({"aws:SecureTransport": False}, EXPLICIT),
        ({"s3:TlsVersion": "1.1"}, EXPLICIT),
    ]
    me, target = session(ACCOUNT, "notebook"), f"{MODEL}/approved/model.tar.gz"
    decisions = decide(bucket, [Request(me, "s3:PutObject", target, TLS | context, ACCOUNT) for context, _ in uploads])
    assert [decision.verdict for decision in decisions] == [expected for _, expected in uploads]


def test_reader_of_another_account_reads_below_its_prefix_and_writes_nowhere(bucket: Policies) -> None:
    asked: list[tuple[str, str, str, dict[str, Any], Verdict]] = [
        ("deployer", "s3:GetObject", f"{MODEL}/approved/model.tar.gz", {}, ALLOWED),
        ("deployer", "s3:ListBucket", MODEL, {"s3:prefix": "approved/"}, ALLOWED),
        ("deployer", "s3:GetBucketLocation", MODEL, {}, ALLOWED),
        ("deployer", "s3:GetObject", f"{MODEL}/rejected/model.tar.gz", {}, IMPLICIT),
        ("deployer", "s3:ListBucket", MODEL, {"s3:prefix": "rejected/"}, IMPLICIT),
        ("deployer", "s3:ListBucket", MODEL, {}, IMPLICIT),
        ("deployer", "s3:PutObject", f"{MODEL}/approved/model.tar.gz", {}, IMPLICIT),
        ("deployer", "s3:DeleteObject", f"{MODEL}/approved/model.tar.gz", {}, IMPLICIT),
        ("deployer", "s3:PutBucketPolicy", MODEL, {}, IMPLICIT),
        ("somebody", "s3:GetObject", f"{MODEL}/approved/model.tar.gz", {}, IMPLICIT),
    ]
    decisions = decide(
        bucket,
        [
            Request(session(READER_ACCOUNT, role), action, resource, TLS | context, ACCOUNT)
            for role, action, resource, context, _ in asked
        ],
    )
    assert [decision.verdict for decision in decisions] == [expected for *_, expected in asked]


def test_replication_copies_what_it_is_told_to_and_nothing_else(plan: Any) -> None:
    # the boundary allows everything here, so that the role's own policies decide
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    boundary = {f"{AWS}:iam::{ACCOUNT}:policy/boundary": everything}
    address = "aws_iam_role.replication[0]"
    role = Role.planned(plan, address, account=ACCOUNT, partition="aws-us-gov", managed=boundary)
    copy, via = f"{AWS}:s3:::complete-model-copy", "kms:ViaService"
    root = {"AWS": [f"{AWS}:iam::{ACCOUNT}:root", f"{AWS}:iam::{READER_ACCOUNT}:root"]}
    # as in the policies of both keys, for a role that its own policy allows
    open_key = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    open_copy = {"Effect": "Allow", "Principal": root, "Action": "s3:*", "Resource": [copy, f"{copy}/*"]}
    asked: list[tuple[Request, Verdict]] = [
        (role.request("s3:GetObjectVersionForReplication", f"{MODEL}/a", account=ACCOUNT), ALLOWED),
        (role.request("s3:ReplicateObject", f"{copy}/a", account=READER_ACCOUNT), ALLOWED),
        (role.request("s3:ReplicateDelete", f"{copy}/a", account=READER_ACCOUNT), ALLOWED),
        (role.request("s3:ReplicateObject", f"{AWS}:s3:::complete-logs-copy/a", account=ACCOUNT), ALLOWED),
        (role.request("s3:ReplicateObject", f"{AWS}:s3:::elsewhere/a", account=ACCOUNT), IMPLICIT),
        (role.request("s3:ReplicateObject", f"{MODEL}/a", account=ACCOUNT), IMPLICIT),
        (role.request("s3:GetObjectVersionForReplication", f"{RAW}/a", account=ACCOUNT), IMPLICIT),
        (role.request("s3:PutObject", f"{MODEL}/a", account=ACCOUNT), IMPLICIT),
        (role.request("kms:Decrypt", KEY, **{via: "s3.us-gov-west-1.amazonaws.com"}), ALLOWED),
        (role.request("kms:Decrypt", KEY), IMPLICIT),
        (role.request("kms:Encrypt", KEY, **{via: "s3.us-gov-west-1.amazonaws.com"}), IMPLICIT),
        (role.request("kms:Encrypt", COPY_KEY, **{via: "s3.us-gov-east-1.amazonaws.com"}), ALLOWED),
        (role.request("kms:Decrypt", COPY_KEY, **{via: "s3.us-gov-east-1.amazonaws.com"}), IMPLICIT),
    ]  # fmt: skip
    keys = {"Version": "2012-10-17", "Statement": [open_key]}
    buckets = {"Version": "2012-10-17", "Statement": [open_copy]}
    of_keys = role.decide([request for request, _ in asked if ":kms:" in request.resource], resource_policy=keys)
    of_buckets = role.decide([request for request, _ in asked if ":s3:" in request.resource], resource_policy=buckets)
    decided = [*of_buckets, *of_keys]
    assert [(decision.request, decision.verdict) for decision in decided] == asked


def test_only_s3_delivers_logs_and_only_of_these_buckets(plan: Any) -> None:
    logs = Policies(resource=planned_policy(plan, "aws_s3_bucket_policy.access_logs[0]"))
    target = f"{AWS}:s3:::complete-access-logs-{ACCOUNT}/log"
    here = TLS | {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": MODEL}
    asked: list[tuple[str, dict[str, Any], Verdict]] = [
        ("logging.s3.amazonaws.com", here, ALLOWED),
        ("logging.s3.amazonaws.com", here | {"aws:SourceArn": f"{AWS}:s3:::elsewhere"}, IMPLICIT),
        ("logging.s3.amazonaws.com", here | {"aws:SourceAccount": READER_ACCOUNT}, IMPLICIT),
        ("delivery.logs.amazonaws.com", here, IMPLICIT),
        (session(READER_ACCOUNT, "deployer"), TLS, IMPLICIT),
    ]
    decisions = decide(logs, [Request(who, "s3:PutObject", target, context, ACCOUNT) for who, context, _ in asked])
    assert [decision.verdict for decision in decisions] == [expected for *_, expected in asked]


def test_s3_assumes_the_role_of_the_replication_for_these_buckets_only(plan: Any) -> None:
    trust = planned_policy(plan, "aws_iam_role.replication[0]", "assume_role_policy")
    arn, here = f"{AWS}:iam::{ACCOUNT}:role/complete-replication", {"aws:SourceAccount": ACCOUNT}
    decisions = decide(
        Policies(resource=trust),
        [
            Request("s3.amazonaws.com", "sts:AssumeRole", arn, here | {"aws:SourceArn": MODEL}),
            Request("s3.amazonaws.com", "sts:AssumeRole", arn, here | {"aws:SourceArn": f"{AWS}:s3:::elsewhere"}),
            Request("s3.amazonaws.com", "sts:AssumeRole", arn),
        ],
    )
    assert [decision.verdict for decision in decisions] == [ALLOWED, IMPLICIT, IMPLICIT]
