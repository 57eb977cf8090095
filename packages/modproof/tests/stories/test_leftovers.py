from __future__ import annotations

import pytest

from modproof.emulator import Emulator
from modproof.stories.leftovers import KINDS, Kind, Snapshot, difference, take_snapshot, unlisted


def kinds(*titles: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.title in titles]


def test_a_new_account_is_empty(localstack: Emulator) -> None:
    """Every call in the table is made, so that each is known to work."""
    session = localstack.session(localstack.new_account(), "eu-west-1")
    downloads = ("dynamodb",)  # LocalStack downloads its back end on the first call, and there is no network
    found = take_snapshot(session, kinds=[kind for kind in KINDS if kind.service not in downloads])
    assert found.found == frozenset()
    assert found.skipped == {}


def test_a_missing_service_is_recorded_as_skipped(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    found = take_snapshot(session, kinds=[Kind("app", "amplify", "list_apps", "apps[].name", ("aws_amplify_",))])
    assert found == Snapshot(frozenset(), {"amplify.list_apps": "InternalFailure (501)"})


def test_leftovers_are_named_and_a_key_pending_deletion_does_not_count(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    before = take_snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC", "IAM policy"))
    key = session.client("kms").create_key()["KeyMetadata"]["KeyId"]
    session.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    vpc = session.client("ec2").create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    after = take_snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC", "IAM policy"))
    assert difference(before, after) == [
        "left behind: KMS alias: alias/mine",
        f"left behind: KMS key: {key}",
        f"left behind: VPC: {vpc}",
    ]
    session.client("kms").delete_alias(AliasName="alias/mine")
    session.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    session.client("ec2").delete_vpc(VpcId=vpc)
    assert difference(before, take_snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC"))) == []


def test_all_pages_are_read(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    for number in range(55):  # one page of log groups is 50
        session.client("logs").create_log_group(logGroupName=f"group-{number}")
    assert len(take_snapshot(session, kinds=kinds("log group")).found) == 55


def test_a_service_that_was_not_called_is_not_started(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    asked: list[str] = []
    client = session.client
    session.client = lambda service: asked.append(service) or client(service)
    take_snapshot(session, services={"s3": "available", "logs": "running"}, kinds=kinds("S3 bucket", "log group"))
    assert asked == ["logs"]


def test_the_difference_includes_deleted_resources() -> None:
    before, after = Snapshot(frozenset({"a: 1", "b: 2"}), {}), Snapshot(frozenset({"b: 2", "c: 3"}), {})
    assert difference(before, after) == ["left behind: c: 3", "deleted, but it existed before: a: 1"]


@pytest.mark.parametrize(
    ("resource_type", "line"),
    [
        ("aws_s3_bucket_policy", None),
        ("aws_sagemaker_notebook_instance", None),
        ("terraform_data", None),
        ("aws_lightsail_instance", "aws_lightsail_instance: there is no list call for it"),
        (
            "aws_ecr_repository",
            "aws_ecr_repository: the emulator has no ecr.describe_repositories: InternalFailure (501)",
        ),
    ],
)
def test_types_without_a_list_call_are_reported(resource_type: str, line: str | None) -> None:
    snapshot = Snapshot(frozenset(), {"ecr.describe_repositories": "InternalFailure (501)"})
    assert unlisted([resource_type], snapshot) == ([line] if line else [])
