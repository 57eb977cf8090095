"""Policies of permissions, and the simulator's proof of them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from modproof.permissions import Check, Permission, denied, general, in_any_folder, policies, superfluous

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/demo"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
PERMISSIONS = [
    Permission("ec2:DescribeVpcs", "*", REGION),
    Permission("ec2:DescribeVpcs", "*", "eu-central-1"),
    Permission("iam:PassRole", ROLE, "", "sagemaker.amazonaws.com"),
    Permission("kms:DescribeKey", KEY, REGION),
    Permission("s3:GetBucketAcl", "arn:aws:s3:::data", REGION),
    Permission("s3:ListBucket", "arn:aws:s3:::data", REGION),
]


def statement(actions: list[str], resource: str, **condition: Any) -> dict[str, Any]:
    fixed = {"Effect": "Allow", "Action": actions, "Resource": [resource]}
    return fixed | ({"Condition": {"StringEquals": condition}} if condition else {})


def test_a_statement_per_service_and_resources_with_conditions_where_they_cost_nothing() -> None:
    (document,) = policies(PERMISSIONS)
    assert document["Statement"] == [
        statement(["ec2:DescribeVpcs"], "*", **{"aws:RequestedRegion": ["eu-central-1", REGION]}),
        statement(["iam:PassRole"], ROLE, **{"iam:PassedToService": "sagemaker.amazonaws.com"}),
        statement(["kms:DescribeKey"], KEY),
        statement(["s3:GetBucketAcl", "s3:ListBucket"], "arn:aws:s3:::data"),
    ]


def test_a_pattern_covers_the_resources_that_it_matches() -> None:
    keys = [Permission("kms:DescribeKey", resource, REGION) for resource in (KEY, KEY.replace("11111111", "*"))]
    (document,) = policies(keys)
    assert document["Statement"][0]["Resource"] == [KEY.replace("11111111", "*")]


def test_policies_are_split_at_the_size_that_aws_accepts() -> None:
    many = [Permission(f"s3:Get{n}", f"arn:aws:s3:::{'b' * 50}{n}", REGION) for n in range(100)]
    documents = policies(many)
    sizes = [len(json.dumps(document, separators=(",", ":"))) for document in documents]
    assert len(documents) > 1
    assert max(sizes) <= 6144
    assert sum(len(document["Statement"]) for document in documents) == 100


def test_the_size_is_that_with_the_values_of_placeholders() -> None:
    many = [Permission(f"s3:Get{n}", f"arn:aws:s3:::${{name}}-{n}", REGION) for n in range(100)]
    name = "n" * 40

    def longest(documents: list[dict[str, Any]]) -> int:
        return max(len(json.dumps(each, separators=(",", ":")).replace("${name}", name)) for each in documents)

    assert longest(policies(many, {"name": name})) <= 6144
    assert longest(policies(many)) > 6144


def test_a_statement_that_is_too_long_for_a_policy_is_divided() -> None:
    resources = {f"arn:aws:s3:::bucket-{n:040}" for n in range(200)}
    documents = policies([Permission("s3:GetObject", resource, REGION) for resource in resources])
    sizes = [len(json.dumps(document, separators=(",", ":"))) for document in documents]
    statements = [each for document in documents for each in document["Statement"]]
    assert max(sizes) <= 6144
    assert {resource for each in statements for resource in each["Resource"]} == resources
    assert [each["Action"] for each in statements] == [["s3:GetObject"]] * len(statements)


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:s3:::demo-model-{ACCOUNT}", "arn:aws:s3:::${name}-model-${account_id}"),
        (KEY, "arn:aws:kms:${region}:${account_id}:key/*"),
        (f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-0a1b2c3d4e5f60718", "arn:aws:ec2:${region}:${account_id}:vpc/*"),
        (
            f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/demo-a1b2c3d4",
            "arn:aws:sagemaker:${region}:${account_id}:endpoint-config/${name}-*",
        ),
        ("arn:aws:s3:::my-demonstration", "arn:aws:s3:::my-demonstration"),
        ("*", "*"),
        (f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-0a1b2c3d", "arn:aws:ec2:${region}:${account_id}:vpc/*"),
        (
            f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/d-yhjjmf8tcdnc/ada",
            "arn:aws:sagemaker:${region}:${account_id}:user-profile/*/ada",
        ),
        (
            f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/68l5fstkf9bcjs54zeoh8jnh6kr1xedp6tpw",
            "arn:aws:application-autoscaling:${region}:${account_id}:scalable-target/*",
        ),
        (f"arn:aws:iam::{ACCOUNT}:role/demo-{REGION}-flow", "arn:aws:iam::${account_id}:role/${name}-${region}-flow"),
    ],
)
def test_arns_are_written_in_terms_of_the_inputs(arn: str, expected: str) -> None:
    assert general(arn, {"name": "demo"}, ACCOUNT, REGION) == expected


def test_an_input_with_the_prefix_of_an_id_is_not_in_the_id() -> None:
    gateway = f"arn:aws:ec2:{REGION}:{ACCOUNT}:natgateway/nat-0a1b2c3d4e5f60718"
    assert general(gateway, {"egress": "nat"}, ACCOUNT, REGION) == "arn:aws:ec2:${region}:${account_id}:natgateway/*"


def test_names_that_the_caller_chooses_are_patterns_and_types_of_resources_are_not() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/demo-model-a"
    found = general(arn, {"name": "demo"}, ACCOUNT, REGION, {"model", "a"})
    assert found == "arn:aws:sagemaker:${region}:${account_id}:model/${name}-*-*"


def test_accounts_of_inputs_are_written_as_their_names() -> None:
    inputs = {"accounts.registry": "111111111111"}
    found = general(f"arn:aws:sagemaker:{REGION}:111111111111:model-package/demo/1", inputs, ACCOUNT, REGION)
    assert found == "arn:aws:sagemaker:${region}:${accounts.registry}:model-package/demo/1"
    assert (
        general("arn:aws:s3:::data-111111111111", inputs, ACCOUNT, REGION) == "arn:aws:s3:::data-${accounts.registry}"
    )


def test_objects_of_one_name_in_several_folders_are_one_pattern() -> None:
    states = "arn:aws:s3:::states/live/eu-west-1"
    keys = ["key/terraform.tfstate", "endpoint/terraform.tfstate", "key/terraform.tfstate.tflock", "notes.txt"]
    found = in_any_folder([Permission("s3:GetObject", f"{states}/{key}", REGION) for key in keys])
    assert [permission.resource for permission in found] == [
        f"{states}/*/terraform.tfstate",
        f"{states}/*/terraform.tfstate",
        f"{states}/key/terraform.tfstate.tflock",
        f"{states}/notes.txt",
    ]


def test_objects_in_other_folders_are_not_in_the_pattern() -> None:
    folders = ["eu-west-1/key", "eu-west-1/endpoint", "eu-central-1/key", "global/deployer"]
    states = [f"arn:aws:s3:::states/live/{folder}/terraform.tfstate" for folder in folders]
    found = in_any_folder([Permission("s3:PutObject", state, REGION) for state in states[:3]])
    patterns = {permission.resource for permission in found}
    assert patterns == {"arn:aws:s3:::states/live/eu-west-1/*/terraform.tfstate", states[2]}
    assert [one for one in patterns if fnmatchcase(states[3], one)] == []


def test_a_boundary_limits_what_policies_allow() -> None:
    create = Permission("iam:CreateRole", ROLE, "us-east-1", boundary="arn:aws:iam::123456789012:policy/limit")
    plain = Permission("iam:CreateRole", ROLE, "us-east-1")
    limit = {"Version": "2012-10-17", "Statement": [statement(["iam:CreateRole"], ROLE)]}
    limit["Statement"][0]["Condition"] = {"StringEquals": {"iam:PermissionsBoundary": create.boundary}}
    assert denied([Check(policies([create]), [create, plain], ACCOUNT)]) == []
    assert denied([Check(policies([create]), [create, plain], ACCOUNT, limit)]) == [plain]


def test_policies_that_were_written_by_hand_are_checked() -> None:
    by_hand = [
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": ROLE}]},
    ]
    assert denied([Check(by_hand, PERMISSIONS, ACCOUNT)]) == [PERMISSIONS[2]]


def test_the_simulator_allows_all_and_needs_every_action() -> None:
    documents = policies(PERMISSIONS)
    assert denied([Check(documents, PERMISSIONS, ACCOUNT)]) == []
    assert superfluous([Check(documents, PERMISSIONS, ACCOUNT)]) == []


def test_the_simulator_finds_what_lacks_and_what_is_too_much() -> None:
    documents = policies([*PERMISSIONS[:-1], Permission("s3:DeleteBucket", "arn:aws:s3:::data", REGION)])
    assert denied([Check(documents, PERMISSIONS, ACCOUNT)]) == [PERMISSIONS[-1]]
    assert superfluous([Check(documents, PERMISSIONS, ACCOUNT)]) == ["s3:DeleteBucket"]
