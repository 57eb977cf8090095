"""What the planned policies of the VPC endpoints allow, checked with an IAM simulator.

An endpoint policy is a limit like a permissions boundary: a request passes if it allows it. It is evaluated here as the
only identity policy of the caller.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from modproof.policies import Policies, Request, Verdict, decide, planned_policy

OWN, TRUSTED, IMAGES, STRANGER = "123456789012", "210987654321", "763104351884", "999999999999"
REGION = "eu-west-1"


def _passes(plan: Any, address: str, requests: list[tuple[str, str, str, str]]) -> list[bool]:
    """Whether each request passes: caller's account, action, resource ARN, resource's account."""
    policy = planned_policy(plan, address)
    assert {json.dumps(one["Principal"]) for one in policy["Statement"]} == {'"*"'}
    statements = [{key: value for key, value in one.items() if key != "Principal"} for one in policy["Statement"]]
    asked = [
        Request(
            f"arn:aws:sts::{caller}:assumed-role/notebook/session",
            action,
            arn,
            {"aws:PrincipalAccount": caller, "aws:ResourceAccount": owner},
            caller,
        )
        for caller, action, arn, owner in requests
    ]
    decisions = decide(Policies({"endpoint": {**policy, "Statement": statements}}), asked)
    return [one.verdict is Verdict.ALLOWED for one in decisions]


def _repository(account: str) -> str:
    return f"arn:aws:ecr:{REGION}:{account}:repository/images"


@pytest.mark.parametrize(
    ("service", "action", "arn"),
    [
        ("logs", "logs:PutLogEvents", "arn:aws:logs:eu-west-1:{}:log-group:data:log-stream:one"),
        ("sagemaker.runtime", "sagemaker:InvokeEndpoint", "arn:aws:sagemaker:eu-west-1:{}:endpoint/data"),
        ("sagemaker.api", "sagemaker:CreateModelPackage", "arn:aws:sagemaker:eu-west-1:{}:model-package/data"),
        ("sts", "sts:AssumeRole", "arn:aws:iam::{}:role/data"),
        ("ecr.dkr", "ecr:PutImage", "arn:aws:ecr:eu-west-1:{}:repository/data"),
    ],
)
def test_an_endpoint_takes_requests_of_trusted_callers_for_resources_of_trusted_accounts_only(
    planned: Any, service: str, action: str, arn: str
) -> None:
    requests = [
        (caller, action, arn.format(owner), owner)
        for caller, owner in (
            (OWN, OWN),
            (OWN, TRUSTED),
            (TRUSTED, OWN),
            (OWN, STRANGER),
            (STRANGER, OWN),
            (STRANGER, STRANGER),
            (OWN, IMAGES),
        )
    ]
    plan = planned("network", "image_accounts")

    passed = _passes(plan, f'aws_vpc_endpoint.interface["{service}"]', requests)

    assert passed == [True, True, True, False, False, False, False]


PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability")


@pytest.mark.parametrize("action", PULL)
@pytest.mark.parametrize(("case", "stranger"), [("minimal", True), ("image_accounts", False)])
def test_images_are_pulled_from_the_named_accounts_or_from_any(
    planned: Any, case: str, stranger: bool, action: str
) -> None:
    requests = [(OWN, action, _repository(owner), owner) for owner in (OWN, IMAGES, STRANGER)]
    requests.append((STRANGER, action, _repository(IMAGES), IMAGES))

    for service in ("ecr.api", "ecr.dkr"):
        passed = _passes(planned("network", case), f'aws_vpc_endpoint.interface["{service}"]', requests)
        assert passed == [True, True, stranger, False]


def test_public_hubs_are_read_and_not_changed(planned: Any) -> None:
    hub = f"arn:aws:sagemaker:{REGION}:aws:hub-content/SageMakerPublicHub/Model/one"
    requests = [
        (OWN, "sagemaker:DescribeHubContent", hub, STRANGER),
        (OWN, "sagemaker:DeleteHubContent", hub, STRANGER),
    ]

    passed = _passes(planned("network", "minimal"), 'aws_vpc_endpoint.interface["sagemaker.api"]', requests)

    assert passed == [True, False]


def test_buckets_of_trusted_accounts_and_image_layers_are_reached(planned: Any) -> None:
    layers = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/layer"
    requests = [
        (OWN, "s3:PutObject", "arn:aws:s3:::data/one", OWN),
        (OWN, "s3:PutObject", "arn:aws:s3:::data/one", TRUSTED),
        (OWN, "s3:PutObject", "arn:aws:s3:::data/one", STRANGER),
        (STRANGER, "s3:PutObject", "arn:aws:s3:::data/one", OWN),
        (STRANGER, "s3:GetObject", layers, STRANGER),
        (STRANGER, "s3:PutObject", layers, STRANGER),
    ]

    passed = _passes(planned("network", "image_accounts"), "aws_vpc_endpoint.s3[0]", requests)

    assert passed == [True, True, False, False, True, False]
