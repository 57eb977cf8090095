"""Models: the containers that endpoint configurations refer to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind
from ..records import Record
from ..shared_packages import package_of
from ..table import Messages

__all__ = ["KINDS"]


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    primary, several = attributes.get("PrimaryContainer"), attributes.get("Containers")
    if primary and several:
        raise errors.validation("PrimaryContainer and Containers cannot both be specified in the same request.")
    if not primary and not several:
        raise errors.validation("One of PrimaryContainer or Containers must be specified.")
    if several:
        attributes.setdefault("InferenceExecutionConfig", {"Mode": "Serial"})
        hostnames = [one["ContainerHostname"] for one in several if one.get("ContainerHostname")]
        if len(set(hostnames)) != len(hostnames):
            raise errors.validation("Container hostnames must be unique within a model.")
        if attributes["InferenceExecutionConfig"]["Mode"] == "Direct" and len(hostnames) != len(several):
            raise errors.validation("Every container needs a ContainerHostname when the inference mode is Direct.")
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
        if hostnames and len(hostnames) != len(several):
            raise errors.validation("Every container needs a ContainerHostname if one of them has one.")
    in_vpc = bool(attributes.get("VpcConfig"))
    record.private["data_source"] = any(one.get("ModelDataSource") for one in several or [primary])
    record.private["containers"] = [one for given in several or [primary] for one in _run(call, given, in_vpc)]


def _run(call: Call, container: dict[str, Any], in_vpc: bool) -> list[dict[str, Any]]:
    """Check and complete a container definition; return the containers that it runs."""
    package = container.get("ModelPackageName")
    if not container.get("Image") and not package:
        raise errors.validation("Either Image or ModelPackageName must be specified for a container.")
    _check_container(container, in_vpc)
    _complete(container)
    return _packaged(call, package, container.get("InferenceSpecificationName")) if package else [container]


def _packaged(call: Call, package: str, specification_name: str | None) -> list[dict[str, Any]]:
    """Return the containers of a model package that may be deployed.

    A version must be approved:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html (ModelApprovalStatus).
    """
    found = package_of(call, package, "sagemaker:CreateModel")
    status, approval = found.attributes["ModelPackageStatus"], found.attributes.get("ModelApprovalStatus", "Approved")
    if status != "Completed":
        raise errors.validation(f"Model package {found.arn} has status {status}; only a Completed one can be deployed.")
    if approval != "Approved":
        raise errors.validation(
            f"Model package {found.arn} has approval status {approval}; only an Approved model package can be deployed."
        )
    specification = found.attributes.get("InferenceSpecification") or {}
    if specification_name:
        additional = found.attributes.get("AdditionalInferenceSpecifications") or []
        named = [one for one in additional if one["Name"] == specification_name]
        if not named:
            raise errors.validation(f"Could not find inference specification {specification_name} in {found.arn}.")
        specification = named[0]
    return copy.deepcopy(specification.get("Containers") or [])


def _check_container(container: Mapping[str, Any], in_vpc: bool) -> None:
    """Reject what AWS documents as unsupported.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/create-multi-model-endpoint.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html (ModelDataSource)
    """
    images = container.get("ImageConfig") or {}
    private = images.get("RepositoryAccessMode") == "Vpc"
    if private and not in_vpc:
        raise errors.validation("VpcConfig must be specified when RepositoryAccessMode is Vpc.")
    if images.get("RepositoryAuthConfig") and not private:
        raise errors.validation("RepositoryAuthConfig can only be specified when RepositoryAccessMode is Vpc.")
    multi = container.get("Mode") == "MultiModel"
    if multi and not str(container.get("ModelDataUrl") or "").endswith("/"):
        raise errors.validation("ModelDataUrl must be an S3 prefix that ends with a slash when Mode is MultiModel.")
    if multi and container.get("ModelDataSource"):
        raise errors.validation("ModelDataSource is not supported when Mode is MultiModel.")
    if container.get("MultiModelConfig") and not multi:
        raise errors.validation("MultiModelConfig can only be specified when Mode is MultiModel.")


def _complete(container: dict[str, Any]) -> None:
    container.setdefault("Mode", "SingleModel")
    url = container.get("ModelDataUrl")
    if url and not container.get("ModelDataSource"):
        # AWS returns the newer ModelDataSource in addition to the requested ModelDataUrl
        kind = (
            {"S3DataType": "S3Prefix", "CompressionType": "None"}
            if url.endswith("/")
            else {
                "S3DataType": "S3Object",
                "CompressionType": "Gzip",
            }
        )
        container["ModelDataSource"] = {"S3DataSource": {"S3Uri": url, **kind}}


KINDS = [
    Kind(
        noun="Model",
        arn="model/{ModelName}",
        on_role=role_rules.model,
        key=("ModelName",),
        messages=Messages(
            missing='Could not find model "{arn}".',
            taken='Cannot create already existing model "{arn}".',
        ),
        defaults={"EnableNetworkIsolation": False},
        on_create=_on_create,
        event="SageMaker Model State Change",
    )
]
