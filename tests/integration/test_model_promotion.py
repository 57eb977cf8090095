"""A version of a model on its way from one account to another: what the registry's policies open, and to whom."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modproof import toolchain
from modproof.emulator import Emulator
from modproof.environment import aws_environment
from modproof.terraform import Terraform

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"


class Registry:
    """`modules/model-registry` applied in an account, one account that may deploy, and one that it does not name."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.owner, self.consumer, self.stranger = (emulator.new_account() for _ in range(3))
        self.emulator = emulator
        shutil.copytree(ROOT / "modules" / "model-registry", folder / "module")
        self.root = folder / "root"
        self.root.mkdir()
        call = {
            "source": "../module",
            "account_id": self.owner,
            "consumers": {"staging": {"account_id": self.consumer}},
            "name": "demo",
            "region": REGION,
        }
        (self.root / "main.tf.json").write_text(
            json.dumps({"provider": {"aws": {"region": REGION}}, "module": {"registry": call}}), encoding="utf-8"
        )
        self.terraform = Terraform(
            self.root,
            binary=toolchain.ensure("terraform"),
            env=aws_environment(
                endpoint_url=emulator.endpoint_url,
                account=self.owner,
                region=REGION,
                extra={"TF_CLI_CONFIG_FILE": str(toolchain.terraform_cli_config(folder / "cli", ROOT))},
            ),
        )

    def sagemaker(self, account: str) -> Any:
        return self.emulator.session(account, REGION).client("sagemaker")

    @property
    def group_arn(self) -> str:
        return f"arn:aws:sagemaker:{REGION}:{self.owner}:model-package-group/demo"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, emulator: Emulator) -> Iterator[Registry]:
    registry = Registry(tmp_path_factory.mktemp("registry"), emulator)
    with toolchain.initialising(ROOT):
        assert registry.terraform.initialise() == ()
    plan = registry.root / "plan"
    assert registry.terraform.plan_to(plan).errors == ()
    assert registry.terraform.apply_plan(plan) == ()
    owner = registry.sagemaker(registry.owner)
    package = owner.create_model_package(
        ModelPackageGroupName="demo",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [
                {
                    "Image": f"{registry.owner}.dkr.ecr.{REGION}.amazonaws.com/demo/serving:1",
                    "ModelDataUrl": "s3://demo-model/models/1/model.tar.gz",
                }
            ],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    yield registry
    owner.delete_model_package(ModelPackageName=package)
    assert registry.terraform.destroy_all() == ()


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
