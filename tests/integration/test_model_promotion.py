"""Promotion of a model version to another account: what the registry's policies allow, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modproof.emulator import Emulator

CopiedModule = Callable[[str, str], Any]


class Registry:
    """`modules/model-registry` applied in one account, and accounts that may deploy, approve, register, or nothing."""

    def __init__(self, copied_module: CopiedModule, emulator: Emulator) -> None:
        self.owner, self.consumer, self.auditor, self.trainer, self.stranger = (
            emulator.new_account() for _ in range(5)
        )
        self.emulator = emulator
        self.applied = copied_module("model-registry", self.owner)
        self.region = self.applied.region
        self.applied.call(
            {
                "account_id": self.owner,
                "consumers": {
                    "staging": {"account_id": self.consumer},
                    "audit": {"account_id": self.auditor, "deploy": False, "approve": True},
                    "train": {"account_id": self.trainer, "deploy": False, "register": True},
                },
                "name": "demo",
                "region": self.region,
            }
        )

    def sagemaker(self, account: str) -> Any:
        return self.emulator.session(account, self.region).client("sagemaker")

    @property
    def specification(self) -> dict[str, Any]:
        return {
            "Containers": [
                {
                    "Image": f"{self.owner}.dkr.ecr.{self.region}.amazonaws.com/demo/serving:1",
                    "ModelDataUrl": "s3://demo-model/models/1/model.tar.gz",
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }

    @property
    def group_arn(self) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.owner}:model-package-group/demo"


@pytest.fixture(scope="module")
def registry(copied_module: CopiedModule, emulator: Emulator) -> Iterator[Registry]:
    registry = Registry(copied_module, emulator)
    assert registry.applied.apply() == ()
    owner = registry.sagemaker(registry.owner)
    package = owner.create_model_package(
        ModelPackageGroupName="demo",
        ModelApprovalStatus="Approved",
        InferenceSpecification=registry.specification,
    )["ModelPackageArn"]
    yield registry
    owner.delete_model_package(ModelPackageName=package)
    assert registry.applied.terraform.destroy_all() == ()


def test_a_named_account_finds_the_approved_version_and_what_it_is_made_of(registry: Registry) -> None:
    consumer = registry.sagemaker(registry.consumer)

    (found,) = consumer.list_model_packages(ModelPackageGroupName=registry.group_arn)["ModelPackageSummaryList"]
    version = consumer.describe_model_package(ModelPackageName=found["ModelPackageArn"])

    assert version["ModelApprovalStatus"] == "Approved"
    assert version["ModelPackageVersion"] == 1
    (container,) = version["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == "s3://demo-model/models/1/model.tar.gz"


@pytest.mark.parametrize("operation", ["describe_model_package_group", "list_model_packages"])
def test_an_account_that_is_not_named_sees_nothing(registry: Registry, operation: str) -> None:
    stranger = registry.sagemaker(registry.stranger)

    with pytest.raises(ClientError) as refused:
        getattr(stranger, operation)(ModelPackageGroupName=registry.group_arn)

    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_only_an_account_that_may_deploy_creates_a_model_from_the_version(registry: Registry) -> None:
    package = f"arn:aws:sagemaker:{registry.region}:{registry.owner}:model-package/demo/1"

    def deploy(account: str) -> Any:
        sagemaker = registry.sagemaker(account)
        role = f"arn:aws:iam::{account}:role/demo"
        return sagemaker.create_model(
            ModelName="demo", ExecutionRoleArn=role, PrimaryContainer={"ModelPackageName": package}
        )

    refused = []
    for account in (registry.auditor, registry.stranger):
        with pytest.raises(ClientError) as caught:
            deploy(account)
        refused.append(caught.value.response["Error"]["Code"])

    assert refused == ["AccessDeniedException"] * 2
    assert deploy(registry.consumer)["ModelArn"].endswith(":model/demo")


def test_who_registers_a_version_cannot_approve_it(registry: Registry) -> None:
    trainer, auditor = (registry.sagemaker(account) for account in (registry.trainer, registry.auditor))

    def register(sagemaker: Any, **status: str) -> Any:
        specification = registry.specification
        return sagemaker.create_model_package(
            ModelPackageGroupName=registry.group_arn, InferenceSpecification=specification, **status
        )["ModelPackageArn"]

    def approve(sagemaker: Any, version: str) -> Any:
        return sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")

    version = register(trainer)
    for refused in (
        lambda: register(trainer, ModelApprovalStatus="Approved"),
        lambda: approve(trainer, version),
        lambda: register(auditor),
        lambda: auditor.update_model_package(ModelPackageArn=version, CustomerMetadataProperties={"a": "b"}),
    ):
        with pytest.raises(ClientError, match="AccessDeniedException"):
            refused()
    approve(auditor, version)

    owner = registry.sagemaker(registry.owner)
    assert owner.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "Approved"
    owner.delete_model_package(ModelPackageName=version)
