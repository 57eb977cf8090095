"""Which permissions AWS calls need."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modproof.core.results import RecordedCall
from modproof.permissions import Needed, needed, operations
from modproof.policies import service_actions

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/demo"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/demo"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:demo"
NOTEBOOK = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/demo"


def call(name: str, *others: str, arns: tuple[str, ...] = (), **identifiers: str) -> RecordedCall:
    """A call with ``identifiers``, and ``others``: members of the request that name nothing."""
    service, _, operation = name.partition(".")
    members = frozenset([*others, *identifiers])
    return RecordedCall(service, operation, ACCOUNT, REGION, members, identifiers, arns)


def pairs(found: Needed) -> list[tuple[str, str]]:
    return [(permission.action, permission.resource) for permission in found.permissions]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (call("s3.HeadBucket", Bucket="data"), [("s3:ListBucket", "arn:aws:s3:::data")]),
        (call("s3.DeletePublicAccessBlock", Bucket="data"), [("s3:PutBucketPublicAccessBlock", "arn:aws:s3:::data")]),
        (
            call("s3.GetObject", Bucket="data", Key="a/b.csv", VersionId="1"),
            [("s3:GetObjectVersion", "arn:aws:s3:::data/a/b.csv")],
        ),
        (call("iam.GetRole", RoleName="demo"), [("iam:GetRole", ROLE)]),
        (call("kms.DescribeKey", arns=(KEY,), KeyId=KEY), [("kms:DescribeKey", KEY)]),
        (
            call("kms.CreateAlias", AliasName="alias/demo", TargetKeyId="k1"),
            [
                ("kms:CreateAlias", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/demo"),
                ("kms:CreateAlias", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k1"),
            ],
        ),
        (
            call("sns.GetSubscriptionAttributes", arns=(f"{TOPIC}:09890cce",), SubscriptionArn=f"{TOPIC}:09890cce"),
            [("sns:GetSubscriptionAttributes", TOPIC)],
        ),
        (
            call("logs.ListTagsForResource", arns=(f"{GROUP}:*",), resourceArn=f"{GROUP}:*"),
            [("logs:ListTagsForResource", GROUP)],
        ),
        (call("logs.DescribeLogGroups"), [("logs:DescribeLogGroups", "*")]),
        (
            call("budgets.DescribeBudget", AccountId=ACCOUNT, BudgetName="demo"),
            [("budgets:ViewBudget", f"arn:aws:budgets::{ACCOUNT}:budget/demo")],
        ),
        (
            call("efs.CreateMountTarget", FileSystemId="fs-1"),
            [
                (
                    "elasticfilesystem:CreateMountTarget",
                    f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1",
                )
            ],
        ),
        (call("sts.GetCallerIdentity"), []),
    ],
    ids=lambda value: str(value) if isinstance(value, RecordedCall) else "",
)
def test_an_operation_needs_its_actions_on_the_resources_it_names(
    made: RecordedCall, expected: list[tuple[str, str]]
) -> None:
    found = needed([made], operations())
    assert pairs(found) == expected
    assert found.unmapped == ()


def test_a_create_call_needs_what_its_members_cause() -> None:
    made = call(
        "sagemaker.CreateNotebookInstance",
        "Tags",
        arns=(KEY, ROLE),
        NotebookInstanceName="demo",
        RoleArn=ROLE,
        KmsKeyId=KEY,
        SubnetId="subnet-1",
    )
    found = needed([made], operations())
    assert pairs(found) == [
        ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"),
        ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"),
        ("ec2:DescribeSecurityGroups", "*"),
        ("ec2:DescribeSubnets", "*"),
        ("ec2:DescribeVpcs", "*"),
        ("iam:PassRole", ROLE),
        ("kms:CreateGrant", KEY),
        ("kms:DescribeKey", KEY),
        ("sagemaker:AddTags", NOTEBOOK),
        ("sagemaker:CreateNotebookInstance", NOTEBOOK),
    ]
    assert [each.passed_to for each in found.permissions if each.action == "iam:PassRole"] == [
        "sagemaker.amazonaws.com"
    ]


@pytest.mark.parametrize("kind", ["InstanceProfile", "OpenIDConnectProvider", "Policy", "Role", "SAMLProvider", "User"])
def test_tags_of_a_new_resource_of_iam_need_the_action_that_tags_it(kind: str) -> None:
    with_tags, without = (needed([call(f"iam.Create{kind}", *members)], operations()) for members in (["Tags"], []))
    assert {action for action, _ in pairs(with_tags)} == {f"iam:Create{kind}", f"iam:Tag{kind}"}
    assert {action for action, _ in pairs(without)} == {f"iam:Create{kind}"}


def test_roles_and_policies_have_the_path_that_they_were_created_with() -> None:
    role = call("iam.CreateRole", RoleName="deployer", Path="/ci/")
    policy = call("iam.CreatePolicy", PolicyName="limits", Path="/ci/")
    reading = [call("iam.GetRole", RoleName="deployer"), call("iam.GetRole", RoleName="other")]
    found = pairs(needed([role, policy, *reading], operations()))
    assert ("iam:CreatePolicy", "arn:aws:iam::123456789012:policy/ci/limits") in found
    assert ("iam:CreateRole", "arn:aws:iam::123456789012:role/ci/deployer") in found
    # a plan reads what an apply created
    assert pairs(needed(reading, operations(), [role])) == [
        ("iam:GetRole", "arn:aws:iam::123456789012:role/ci/deployer"),
        ("iam:GetRole", "arn:aws:iam::123456789012:role/other"),
    ]


def test_changes_of_a_role_have_the_boundary_that_it_was_created_with() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    made = [
        call("iam.PutRolePolicy", RoleName="demo", PolicyName="data"),
        call("iam.CreateRole", arns=(boundary,), RoleName="demo"),
        call("iam.GetRole", RoleName="demo"),
        call("iam.PutRolePolicy", RoleName="other", PolicyName="data"),
    ]
    found = {(each.action, each.resource): each.boundary for each in needed(made, operations()).permissions}
    assert found == {
        ("iam:CreateRole", ROLE): boundary,
        ("iam:GetRole", ROLE): "",
        ("iam:PutRolePolicy", ROLE): boundary,
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/other"): "",
    }


@pytest.mark.parametrize("made", [call("iam.GetRole", arns=(ROLE,)), call("ec2.DescribeFlowLogs", arns=(ROLE,))])
def test_a_role_is_passed_only_by_calls_that_write_to_other_services(made: Any) -> None:
    found = needed([made], operations())
    assert "iam:PassRole" not in [permission.action for permission in found.permissions]


def test_an_operation_without_an_action_is_reported() -> None:
    assert needed([call("s3.InventBucket", Bucket="data")], operations()).unmapped == ("s3.InventBucket",)


def test_every_action_in_the_table_exists() -> None:
    table = operations()
    renamed = [
        f"{prefix}:{name}" for prefix, each in table.renamed.items() for names in each.values() for name in names
    ]
    named = {*renamed, *(action for further in table.further_ for action in further.actions)}
    assert [name for name in sorted(named) if name not in service_actions(name.partition(":")[0])] == []


def test_the_resource_of_a_call_is_the_one_that_it_names_and_not_another_in_it() -> None:
    made = call("s3.PutBucketReplication", Bucket="data", arns=("arn:aws:s3:::copy",))
    assert ("s3:PutReplicationConfiguration", "arn:aws:s3:::data") in pairs(needed([made], operations()))
    assert ("s3:PutReplicationConfiguration", "arn:aws:s3:::copy") not in pairs(needed([made], operations()))


@pytest.mark.parametrize(
    ("made", "caller", "resources"),
    [
        (call("s3.DeleteObjects", Bucket="data"), "aws_s3_bucket", ["arn:aws:s3:::data/*"]),
        (
            call("ec2.DisassociateRouteTable", AssociationId="rtbassoc-1"),
            "aws_route_table_association",
            [f"arn:aws:ec2:{REGION}:{ACCOUNT}:route-table/*"],
        ),
        (
            call("ec2.DisassociateAddress", AssociationId="eipassoc-1"),
            "aws_eip",
            [f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/*" for kind in ("elastic-ip", "network-interface")],
        ),
        (
            call("ec2.CreateTags", Resources="sg-0a1b2c3d4e5f60718"),
            "",
            [f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0a1b2c3d4e5f60718"],
        ),
        (
            call("ec2.CreateTags", "Resources"),
            "aws_default_security_group",
            [f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/*"],
        ),
        (
            call("events.PutTargets", Rule="nightly", EventBusName="default"),
            "aws_cloudwatch_event_target",
            [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}" for name in ("default/nightly", "nightly")],
        ),
    ],
)
def test_a_resource_without_a_complete_name_is_any_that_it_can_be(
    made: RecordedCall, caller: str, resources: list[str]
) -> None:
    found = pairs(needed([replace(made, caller=caller)], operations()))
    assert [resource for _, resource in found] == resources


def test_a_type_is_not_guessed_from_many() -> None:
    found = pairs(needed([call("ec2.CreateTags", "Resources")], operations()))
    assert [resource for _, resource in found] == sorted(
        type_.filled({"Partition": "aws", "Region": REGION, "Account": ACCOUNT})
        for type_ in service_actions("ec2")["ec2:CreateTags"].resource_types
    )


def test_a_service_linked_role_is_not_the_role_in_the_request() -> None:
    made = call("sagemaker.CreateDomain", "SubnetIds", DomainName="demo", arns=(ROLE,))
    found = dict(pairs(needed([made], operations())))
    assert found["iam:CreateServiceLinkedRole"] == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/*"


BUCKET = "arn:aws:s3:::data"
GRANTS = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default"


@pytest.mark.parametrize(
    ("operation", "of_bucket", "of_others"),
    [
        ("ListTagsForResource", "s3:GetBucketTagging", "s3:ListTagsForResource"),
        ("TagResource", "s3:PutBucketTagging", "s3:TagResource"),
        ("UntagResource", "s3:PutBucketTagging", "s3:UntagResource"),
    ],
)
def test_the_provider_falls_back_to_the_tags_of_buckets(operation: str, of_bucket: str, of_others: str) -> None:
    made = call(f"s3control.{operation}", arns=(BUCKET,), ResourceArn=BUCKET)
    assert pairs(needed([made], operations())) == [(of_bucket, BUCKET)]
    other = call(f"s3control.{operation}", arns=(GRANTS,), ResourceArn=GRANTS)
    assert pairs(needed([other], operations())) == [(of_others, GRANTS)]


def test_a_bucket_with_tags_needs_the_fallback_of_the_provider() -> None:
    tagged = call("s3.CreateBucket", "CreateBucketConfiguration", "CreateBucketConfiguration.Tags", Bucket="data")
    assert pairs(needed([tagged], operations())) == [("s3:CreateBucket", BUCKET), ("s3:PutBucketTagging", BUCKET)]
    untagged = call("s3.CreateBucket", "CreateBucketConfiguration", Bucket="data")
    assert pairs(needed([untagged], operations())) == [("s3:CreateBucket", BUCKET)]


def test_a_call_that_names_a_resource_is_not_of_the_account_as_well() -> None:
    group = f"arn:aws:s3:{REGION}:{ACCOUNT}:storage-lens-group/all"
    made = call("s3control.ListTagsForResource", arns=(group,), ResourceArn=group)
    assert pairs(needed([made], operations())) == [("s3:ListTagsForResource", group)]
