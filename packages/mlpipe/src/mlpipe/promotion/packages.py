"""Model packages of the registry, and of a group in the target."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlpipe.aws import AWS_ERRORS, Account, in_words, is_missing
from mlpipe.errors import ConfigurationError, Refused

__all__ = [
    "MOST_METADATA",
    "SHA256",
    "SOURCE",
    "Container",
    "Package",
    "await_completion",
    "find",
    "group_arn",
    "registered",
]

SHA256 = "model_data_sha256"
"""the customer metadata property with the checksum of the artefact; ``model_data_sha256_2`` is that of container 2"""
SOURCE = "source_model_package_arn"
"""the customer metadata property of a promoted version with the version that it was copied from"""
MOST_METADATA = 50
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html"""

_ONLY_DESCRIBED = ("ImageDigest", "IsCheckpoint", "ModelDataETag", "ModelDataSource")
_COMPLETION_SECONDS, _POLL_SECONDS = 300.0, 2.0


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a version."""

    image: str
    image_digest: str
    model_data_url: str
    """empty if it has no artefact"""
    model_data_etag: str
    definition: Mapping[str, Any]
    """what a registration takes, such as the environment variables"""


@dataclass(frozen=True, slots=True)
class Package:
    """A version of a model package group. Several containers are an inference pipeline."""

    arn: str
    version: int
    status: str
    """``Approved``, ``PendingManualApproval`` or ``Rejected``"""
    containers: tuple[Container, ...]
    metadata: Mapping[str, str]
    inference: Mapping[str, Any]
    """the inference specification as described"""

    def sha256_key(self, index: int) -> str:
        """The metadata property with the checksum of a container's artefact."""
        return SHA256 if index == 0 else f"{SHA256}_{index + 1}"


def group_arn(account: Account, owner: str, region: str, name: str) -> str:
    """The ARN of a group, which other accounts must use."""
    return f"arn:{account.caller.split(':')[1]}:sagemaker:{region}:{owner}:model-package-group/{name}"


def find(account: Account, group: str, version: int | None) -> Package:
    """Return the approved ``version``, or the newest approved one. Raises Refused if it is not approved or complete."""
    arn = _arn_of(group, version) if version is not None else _newest(account, group)
    try:
        described = account.client("sagemaker").describe_model_package(ModelPackageName=arn)
    except AWS_ERRORS as error:
        if is_missing(error):
            raise Refused(f"{arn}: there is no such version") from error
        raise ConfigurationError(f"{arn}: the version cannot be read: {in_words(error)}") from error
    approval = described.get("ModelApprovalStatus")
    if approval != "Approved":
        raise Refused(f"{arn}: its status is {approval}, expected Approved; approve it in the registry first")
    if described["ModelPackageStatus"] != "Completed":
        raise Refused(f"{arn}: its creation is {described['ModelPackageStatus']}, expected Completed")
    return _package(described)


def _arn_of(group: str, version: int) -> str:
    return f"{group.replace(':model-package-group/', ':model-package/')}/{version}"


def _newest(account: Account, group: str) -> str:
    try:
        found = list(_summaries(account, group, ModelApprovalStatus="Approved"))
    except AWS_ERRORS as error:
        raise ConfigurationError(f"{group}: its versions cannot be listed: {in_words(error)}") from error
    if not found:
        raise Refused(f"{group}: no version is approved")
    return str(max(found, key=lambda one: int(one["ModelPackageVersion"]))["ModelPackageArn"])


def _summaries(account: Account, group: str, **filters: str) -> Iterator[Mapping[str, Any]]:
    pages = account.client("sagemaker").get_paginator("list_model_packages")
    for page in pages.paginate(ModelPackageGroupName=group, **filters):
        yield from page["ModelPackageSummaryList"]


def registered(account: Account, group: str, source: str) -> Package | None:
    """The version of the target's own group that was copied from ``source``; None if there is none.

    Raises ConfigurationError if the group cannot be read.
    """
    client = account.client("sagemaker")
    try:
        for summary in _summaries(account, group, SortBy="CreationTime", SortOrder="Descending"):
            if summary["ModelPackageStatus"] in ("Failed", "Deleting"):
                continue  # what cannot be deployed is registered again
            described = client.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
            if (described.get("CustomerMetadataProperties") or {}).get(SOURCE) == source:
                return _package(described)
    except AWS_ERRORS as error:
        raise ConfigurationError(f"group {group} of account {account.account_id}: {in_words(error)}") from error
    return None


def await_completion(account: Account, arn: str) -> None:
    """Wait until a new version is complete. Raises Refused if it fails or does not end, ConfigurationError."""
    deadline = time.monotonic() + _COMPLETION_SECONDS
    while True:
        try:
            described = account.client("sagemaker").describe_model_package(ModelPackageName=arn)
        except AWS_ERRORS as error:
            raise ConfigurationError(f"{arn}: the version cannot be read: {in_words(error)}") from error
        status = described["ModelPackageStatus"]
        if status == "Completed":
            return
        if status not in ("Pending", "InProgress") or time.monotonic() > deadline:
            raise Refused(f"{arn}: its creation is {status}, expected Completed; it is not approved")
        time.sleep(_POLL_SECONDS)


def _package(described: Mapping[str, Any]) -> Package:
    arn = described["ModelPackageArn"]
    inference = described.get("InferenceSpecification") or {}
    containers = tuple(_container(arn, one) for one in inference.get("Containers") or ())
    if not any(one.model_data_url for one in containers):
        raise Refused(f"{arn}: none of its {len(containers)} containers has ModelDataUrl")
    return Package(
        arn=arn,
        version=int(described.get("ModelPackageVersion", 0)),
        status=str(described.get("ModelApprovalStatus", "")),
        containers=containers,
        metadata=described.get("CustomerMetadataProperties") or {},
        inference=inference,
    )


def _container(arn: str, described: Mapping[str, Any]) -> Container:
    if not described.get("Image"):
        raise Refused(f"{arn}: a container has no Image")
    source = described.get("ModelDataSource")
    if source and not described.get("ModelDataUrl"):
        raise Refused(
            f"{arn}: a container has an artefact without ModelDataUrl, expected an archive at one URL: {source}"
        )
    return Container(
        image=described["Image"],
        image_digest=described.get("ImageDigest", ""),
        model_data_url=described.get("ModelDataUrl", ""),
        model_data_etag=str(described.get("ModelDataETag", "")).strip('"'),
        definition={name: value for name, value in described.items() if name not in _ONLY_DESCRIBED},
    )
