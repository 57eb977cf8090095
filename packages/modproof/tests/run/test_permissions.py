"""The permissions that the calls of a story need."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from modproof.core.results import Outcome, PermissionsResult, RecordedCall
from modproof.report.permissions import permissions_hcl
from modproof.run.permissions import derived

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = RecordedCall("iam", "GetRole", ACCOUNT, "us-east-1", identifiers={"RoleName": "demo-role"})
MODEL = RecordedCall(
    "sagemaker",
    "DescribeModel",
    ACCOUNT,
    REGION,
    arns=(f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/demo",),
)
MODELS = RecordedCall("sagemaker", "ListModels", ACCOUNT, REGION)


def result(calls: Mapping[str, tuple[RecordedCall, ...]], inputs: Mapping[str, str]) -> PermissionsResult:
    return derived(PermissionsResult("notebook-stack", None), calls, inputs)


def test_the_region_of_a_story_is_not_that_of_a_global_service() -> None:
    found = result({"apply": (ROLE, MODEL, MODELS)}, {})
    resources = {
        one for document in found.policies["apply"] for each in document["Statement"] for one in each["Resource"]
    }
    assert found.outcome is Outcome.PASSED
    assert "arn:aws:sagemaker:${region}:${account_id}:model/demo" in resources


@pytest.mark.parametrize("value", ['de"mo', "de\\mo", "démo"])
def test_inputs_with_any_character_are_filled_into_the_policy(value: str) -> None:
    read = RecordedCall("s3", "GetObject", ACCOUNT, REGION, identifiers={"Bucket": "data", "Key": f"{value}/train.csv"})
    assert result({"apply": (read,)}, {"prefix": value}).problems == ()


def test_inputs_with_hyphens_are_variables_in_hcl() -> None:
    written = permissions_hcl([result({"apply": (MODEL,)}, {"model-name": "demo"})])
    assert "${var.model-name}" in written
