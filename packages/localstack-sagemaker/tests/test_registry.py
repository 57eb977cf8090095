"""The model registry: versions, approval, policies, and cross-account access."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulated.account import Account, error_of
from emulated.recipes import IMAGE, ROLE, Made, make


def versions(account: Account, count: int = 2) -> list[str]:
    """Create versions of group `example`; return their ARNs."""
    made: dict[str, Made] = {}
    return [make(account, "ModelPackage", made)["ModelPackageArn"] for _ in range(count)]


def allow(account: Account, other: str, *actions: str, effect: str = "Allow") -> None:
    statement = {
        "Effect": effect,
        "Principal": {"AWS": f"arn:aws:iam::{other}:root"},
        "Action": list(actions),
        "Resource": [account.arn("model-package-group/example"), account.arn("model-package/example/*")],
    }
    account.sagemaker.put_model_package_group_policy(
        ModelPackageGroupName="example",
        ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def test_version_numbers_are_not_reused(account: Account) -> None:
    arns = versions(account)
    assert arns == [account.arn(f"model-package/example/{number}") for number in (1, 2)]
    account.sagemaker.delete_model_package(ModelPackageName=arns[1])
    made = {"ModelPackageGroup": {"ModelPackageGroupName": "example"}}
    assert make(account, "ModelPackage", made)["ModelPackageArn"].endswith("/3")
    shown = account.sagemaker.list_model_packages(ModelPackageGroupName="example", SortOrder="Ascending")
    assert [one["ModelPackageVersion"] for one in shown["ModelPackageSummaryList"]] == [1, 3]


def test_version_requires_approval(account: Account) -> None:
    client, (arn,) = account.sagemaker, versions(account, 1)
    assert client.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "PendingManualApproval"
    container = {"PrimaryContainer": {"ModelPackageName": arn}}
    code, message = error_of(lambda: client.create_model(ModelName="m", **container))
    assert code == "ValidationException"
    assert "PendingManualApproval" in message
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="ok")
    shown = client.describe_model_package(ModelPackageName=arn)
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "ok")
    client.create_model(ModelName="m", **container)
    approved = client.list_model_packages(ModelPackageGroupName="example", ModelApprovalStatus="Approved")
    assert [one["ModelPackageArn"] for one in approved["ModelPackageSummaryList"]] == [arn]
    rejected = client.list_model_packages(ModelPackageGroupName="example", ModelApprovalStatus="Rejected")
    assert rejected["ModelPackageSummaryList"] == []


def test_package_has_a_group_or_a_name(account: Account) -> None:
    create = account.sagemaker.create_model_package
    specification = {
        "Containers": [{"Image": IMAGE}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    assert error_of(lambda: create(InferenceSpecification=specification))[1] == "Missing ARN."
    assert "InferenceSpecification" in error_of(lambda: create(ModelPackageName="alone"))[1]
    create(ModelPackageName="alone", InferenceSpecification=specification)
    shown = account.sagemaker.describe_model_package(ModelPackageName="alone")
    assert shown["ModelPackageArn"] == account.arn("model-package/alone")
    assert "ModelPackageVersion" not in shown
    assert "ModelApprovalStatus" not in shown
    assert [one["ModelPackageName"] for one in account.sagemaker.list_model_packages()["ModelPackageSummaryList"]] == [
        "alone"
    ]


def test_metadata_is_merged_and_removed(account: Account) -> None:
    client, (arn,) = account.sagemaker, versions(account, 1)
    client.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties={"a": "1", "b": "2"})
    client.update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"a": "3"}, CustomerMetadataPropertiesToRemove=["b"]
    )
    assert client.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == {"a": "3"}


def test_group_with_versions_cannot_be_deleted(account: Account) -> None:
    client, (arn,) = account.sagemaker, versions(account, 1)
    delete = client.delete_model_package_group
    assert error_of(lambda: delete(ModelPackageGroupName="example"))[0] == "ConflictException"
    client.delete_model_package(ModelPackageName=arn)
    delete(ModelPackageGroupName="example")
    assert client.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_group_that_is_deleted_gets_no_version(account: Account) -> None:
    made: dict[str, Made] = {}
    make(account, "ModelPackageGroup", made)
    account.set_clock("manual")
    account.sagemaker.delete_model_package_group(ModelPackageGroupName="example")
    assert error_of(lambda: make(account, "ModelPackage", made))[0] == "ConflictException"


def test_put_get_and_delete_policy(account: Account) -> None:
    client, name = account.sagemaker, {"ModelPackageGroupName": "example"}
    make(account, "ModelPackageGroup")
    missing = f"Cannot find resource policy for : {account.arn('model-package-group/example')}"
    assert error_of(lambda: client.get_model_package_group_policy(**name)) == ("ValidationException", missing)
    assert (
        "Invalid resource policy"
        in error_of(lambda: client.put_model_package_group_policy(**name, ResourcePolicy="{}"))[1]
    )
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}'
    client.put_model_package_group_policy(**name, ResourcePolicy=policy)
    assert client.get_model_package_group_policy(**name)["ResourcePolicy"] == policy
    client.delete_model_package_group_policy(**name)
    assert error_of(lambda: client.delete_model_package_group_policy(**name)) == ("ValidationException", missing)


READS = {
    "sagemaker:DescribeModelPackageGroup": ("describe_model_package_group", "ModelPackageGroupName"),
    "sagemaker:ListModelPackages": ("list_model_packages", "ModelPackageGroupName"),
    "sagemaker:DescribeModelPackage": ("describe_model_package", "ModelPackageName"),
}


@pytest.mark.parametrize("action", READS)
def test_cross_account_access_requires_the_policy(account: Account, action: str) -> None:
    (arn,) = versions(account, 1)
    other, (method, member) = Account(account.url), READS[action]
    wanted = arn if member == "ModelPackageName" else account.arn("model-package-group/example")

    def read() -> Any:
        return getattr(other.sagemaker, method)(**{member: wanted})

    assert error_of(read)[0] == "AccessDeniedException"
    allow(account, other.number, "sagemaker:CreateModelPackage")
    assert error_of(read)[0] == "AccessDeniedException"
    allow(account, other.number, action)
    assert account.arn("model-package") in str(read())
    assert other.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    allow(account, other.number, action, effect="Deny")
    assert error_of(read)[0] == "AccessDeniedException"


def deploy(account: Account, arn: str, **container: Any) -> str:
    """Deploy a package in an account; return the image that answers."""
    client = account.sagemaker
    client.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn, **container})
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")
    answer = account.runtime.invoke_endpoint(EndpointName="e", Body=b"1")
    return str(json.loads(answer["Body"].read())["image"])


def test_account_deploys_an_approved_version_of_another_account(account: Account) -> None:
    (arn,) = versions(account, 1)
    other = Account(account.url)
    other.set_clock("instant")

    def refusal() -> tuple[str, str]:
        return error_of(
            lambda: other.sagemaker.create_model(
                ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": arn}
            )
        )

    allow(account, other.number, "sagemaker:DescribeModelPackage")
    code, message = refusal()
    assert (code, "sagemaker:CreateModel" in message) == ("AccessDeniedException", True)
    allow(account, other.number, "sagemaker:CreateModel")
    assert refusal()[0] == "ValidationException"
    account.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    assert deploy(other, arn) == IMAGE
    described = other.sagemaker.describe_model(ModelName="m")["PrimaryContainer"]
    assert (described["ModelPackageName"], "Image" in described) == (arn, False)
    # a model holds what it was created from
    account.sagemaker.delete_model_package(ModelPackageName=arn)
    assert json.loads(other.runtime.invoke_endpoint(EndpointName="e", Body=b"1")["Body"].read())["image"] == IMAGE


def test_policy_on_the_group_alone_does_not_share_its_versions(account: Account) -> None:
    (arn,) = versions(account, 1)
    other = Account(account.url)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": other.number},
        "Action": "sagemaker:*",
        "Resource": account.arn("model-package-group/example"),
    }
    account.sagemaker.put_model_package_group_policy(
        ModelPackageGroupName="example", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )
    read = other.sagemaker.describe_model_package
    assert error_of(lambda: read(ModelPackageName=arn))[0] == "AccessDeniedException"


def test_version_of_another_region_is_refused(account: Account) -> None:
    (arn,) = versions(account, 1)
    elsewhere = arn.replace("us-east-1", "us-west-2")
    create = account.sagemaker.create_model
    assert error_of(
        lambda: create(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": elsewhere})
    ) == ("ValidationException", "ARN should be scoped to correct region: us-east-1")


def test_named_inference_specification_is_deployed(account: Account) -> None:
    (arn,) = versions(account, 1)
    account.sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        AdditionalInferenceSpecificationsToAdd=[{"Name": "gpu", "Containers": [{"Image": "gpu:1"}]}],
    )
    create = account.sagemaker.create_model
    unknown = {"ModelPackageName": arn, "InferenceSpecificationName": "tpu"}
    assert "tpu" in error_of(lambda: create(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=unknown))[1]
    assert deploy(account, arn, InferenceSpecificationName="gpu") == "gpu:1"


SPECIFICATION = {
    "Containers": [{"Image": IMAGE}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
APPROVAL = "sagemaker:ModelApprovalStatus"


@pytest.mark.parametrize(
    ("condition", "requested"),
    [
        ({}, [None, "PendingManualApproval", "Approved"]),
        ({"StringEqualsIfExists": {APPROVAL: "PendingManualApproval"}}, [None, "PendingManualApproval"]),
        ({"StringEquals": {APPROVAL: ["Approved"]}}, ["Approved"]),
        ({"Null": {APPROVAL: "true"}}, [None]),
        ({"StringNotLike": {APPROVAL: "Appro*"}}, [None, "PendingManualApproval"]),
        ({"DateLessThan": {"aws:CurrentTime": "2100-01-01T00:00:00Z"}}, []),
    ],
)
def test_account_registers_versions_as_the_condition_allows(
    account: Account, condition: dict[str, Any], requested: list[str | None]
) -> None:
    make(account, "ModelPackageGroup")
    other, group = Account(account.url), account.arn("model-package-group/example")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": other.number},
        "Action": "sagemaker:CreateModelPackage",
        "Resource": account.arn("model-package/example/*"),
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.sagemaker.put_model_package_group_policy(ModelPackageGroupName="example", ResourcePolicy=policy)
    registered = []
    for status in (None, "PendingManualApproval", "Approved"):
        try:
            other.sagemaker.create_model_package(
                ModelPackageGroupName=group,
                InferenceSpecification=SPECIFICATION,
                **({"ModelApprovalStatus": status} if status else {}),
            )
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException"
        else:
            registered.append(status)
    assert registered == requested
    owned = account.sagemaker.list_model_packages(ModelPackageGroupName="example")["ModelPackageSummaryList"]
    assert len(owned) == len(requested)
    assert other.sagemaker.list_model_packages(ModelPackageType="Both")["ModelPackageSummaryList"] == []


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_account_changes_versions_of_another_as_the_policy_allows(account: Account, operation: str) -> None:
    (arn,) = versions(account, 1)
    other = Account(account.url)

    def change() -> Any:
        if operation == "update":
            return other.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        return other.sagemaker.delete_model_package(ModelPackageName=arn)

    assert error_of(change)[0] == "AccessDeniedException"
    allow(account, other.number, f"sagemaker:{operation.title()}ModelPackage")
    change()
    left = account.sagemaker.list_model_packages(ModelPackageGroupName="example")["ModelPackageSummaryList"]
    assert [one["ModelApprovalStatus"] for one in left] == (["Approved"] if operation == "update" else [])


def test_only_an_unversioned_package_has_tags(account: Account) -> None:
    tags = [{"Key": "team", "Value": "risk"}]
    known: dict[str, Made] = {}
    version = make(account, "ModelPackage", known)
    group = known["ModelPackageGroup"]["ModelPackageGroupName"]
    create = account.sagemaker.create_model_package
    refused = (
        error_of(lambda: create(ModelPackageGroupName=group, Tags=tags)),
        error_of(lambda: account.sagemaker.add_tags(ResourceArn=version["ModelPackageArn"], Tags=tags)),
    )
    for code, message in refused:
        assert code == "ValidationException"
        assert message.startswith("Tags cannot be specified for a versioned model package")
    specification = version["InferenceSpecification"]
    arn = create(ModelPackageName="single", InferenceSpecification=specification, Tags=tags)["ModelPackageArn"]
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
