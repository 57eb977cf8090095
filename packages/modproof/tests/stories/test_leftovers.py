from __future__ import annotations

import pytest

from modproof.emulator import Emulator
from modproof.stories.leftovers import KINDS, Inventory, Kind, difference, snapshot, unlisted


def kinds(*titles: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.title in titles]


def test_a_fresh_account_holds_nothing_of_what_is_counted(localstack: Emulator) -> None:
    """Every service is asked, so that each call of the table is known to work."""
    session = localstack.session(localstack.new_account(), "eu-west-1")
    downloads = ("dynamodb",)  # LocalStack fetches its back end when it is first called, and may not here
    found = snapshot(session, kinds=[kind for kind in KINDS if kind.service not in downloads])
    assert found.found == frozenset()
    assert found.skipped == {}


def test_a_service_that_the_emulator_does_not_have_is_said(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    found = snapshot(session, kinds=[Kind("app", "amplify", "list_apps", "apps[].name", ("aws_amplify_",))])
    assert found == Inventory(frozenset(), {"amplify.list_apps": "InternalFailure (501)"})


def test_things_are_named_and_a_key_that_waits_for_deletion_is_gone(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    before = snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC", "IAM policy"))
    key = session.client("kms").create_key()["KeyMetadata"]["KeyId"]
    session.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key)
    vpc = session.client("ec2").create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
    after = snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC", "IAM policy"))
    assert difference(before, after) == [
        "left behind: KMS alias: alias/mine",
        f"left behind: KMS key: {key}",
        f"left behind: VPC: {vpc}",
    ]
    session.client("kms").delete_alias(AliasName="alias/mine")
    session.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    session.client("ec2").delete_vpc(VpcId=vpc)
    assert difference(before, snapshot(session, kinds=kinds("KMS key", "KMS alias", "VPC"))) == []


def test_pages_are_all_read(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    for number in range(55):  # one page of log groups is 50
        session.client("logs").create_log_group(logGroupName=f"group-{number}")
    assert len(snapshot(session, kinds=kinds("log group")).found) == 55


def test_a_service_that_was_never_called_is_not_started(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    asked: list[str] = []
    client = session.client
    session.client = lambda service: asked.append(service) or client(service)
    snapshot(session, services={"s3": "available", "logs": "running"}, kinds=kinds("S3 bucket", "log group"))
    assert asked == ["logs"]


def test_the_difference_names_what_is_gone_too() -> None:
    before, after = Inventory(frozenset({"a: 1", "b: 2"}), {}), Inventory(frozenset({"b: 2", "c: 3"}), {})
    assert difference(before, after) == ["left behind: c: 3", "gone, though it was there before: a: 1"]


@pytest.mark.parametrize(
    ("resource_type", "line"),
    [
        ("aws_s3_bucket_policy", None),
        ("aws_sagemaker_notebook_instance", None),
        ("terraform_data", None),
        ("aws_lightsail_instance", "aws_lightsail_instance: no list call is known for it"),
        (
            "aws_ecr_repository",
            "aws_ecr_repository: the emulator has no ecr.describe_repositories: InternalFailure (501)",
        ),
    ],
)
def test_what_nobody_looked_for_is_said(resource_type: str, line: str | None) -> None:
    inventory = Inventory(frozenset(), {"ecr.describe_repositories": "InternalFailure (501)"})
    assert unlisted([resource_type], inventory) == ([line] if line else [])
