"""A decision costs a request at most 2 ms. CPU time, so that other load does not matter."""

from __future__ import annotations

import json
import statistics
import time
from types import SimpleNamespace
from typing import Any

import pytest

from localstack_sagemaker import callers
from localstack_sagemaker.authorization import authorize
from localstack_sagemaker.directory import Identity, directory
from localstack_sagemaker.enforcement import enforcement
from localstack_sagemaker.iam.documents import document

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/notebook"
REQUEST = {
    "ModelName": "mine-1",
    "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/worker",
    "PrimaryContainer": {"Image": "image"},
    "Tags": [{"Key": "team", "Value": "risk"}],
}


def _policy() -> str:
    """Of a notebook: twenty statements for other services, and those for its models."""
    others = [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": f"arn:aws:s3:::b/{n}/*"} for n in range(20)]
    types = {"StringLikeIfExists": {"sagemaker:InstanceTypes": ["ml.m5.*", "ml.t3.*"]}}
    own = [
        {"Effect": "Allow", "Action": "sagemaker:*Model", "Resource": "arn:aws:sagemaker:*:*:model/mine-*"},
        {"Effect": "Allow", "Action": ["sagemaker:AddTags", "iam:PassRole"], "Resource": "*", "Condition": types},
        {"Effect": "Deny", "Action": "sagemaker:Delete*", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": others + own})


def test_decision_takes_at_most_two_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = Identity(ROLE, ACCOUNT, (("own", document(_policy())),))
    session = callers._Session(ROLE, f"arn:aws:sts::{ACCOUNT}:assumed-role/notebook/me", "AROA:me")
    monkeypatch.setitem(directory._known, ("iam", ACCOUNT, "role", ROLE), identity)
    callers._sessions.put("ASIA1", session)
    monkeypatch.setitem(enforcement._of_account, ACCOUNT, True)
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=ASIA1/20260101/us-east-1/sagemaker/aws4_request"}
    context: Any = SimpleNamespace(account_id=ACCOUNT, partition="aws", request=SimpleNamespace(headers=headers))
    seconds = []
    for _ in range(300):
        start = time.thread_time()
        assert authorize(context, "CreateModel", REQUEST, REGION)
        seconds.append(time.thread_time() - start)
    assert statistics.median(seconds) < 0.002
