"""What SageMaker leaves in other services: log groups, S3 prefixes, ECR images, network interfaces, file systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from mlpipe.aws import AWS_ERRORS, Changes, Failure, is_missing
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found
from mlpipe.leftovers.sources import refuse_failures, tags_of_pairs

__all__ = ["SOURCES"]

_DOMAIN_TAG = "ManagedByAmazonSageMakerResource"
"""the tag of a file system that SageMaker creates; its value is the domain's ARN
(https://docs.aws.amazon.com/sagemaker/latest/dg/studio-tasks-manage-storage.html)"""


class _Neighbour:
    """What all of them share: nothing runs, and details come with the list."""

    kind = ""
    create_event = ""

    def tags(self, context: Context, found: Found) -> Mapping[str, str]:
        """Nothing has tags, unless a subclass reads them."""
        return {}

    def details(self, context: Context, found: Found) -> Found:
        """The list has everything."""
        return found

    def keep(self, context: Context, found: Found) -> None:
        """Nothing else depends on it."""

    def stop(self, context: Context, changes: Changes, found: Found) -> None:
        """Nothing runs."""

    def stopped(self, context: Context, found: Found) -> bool:
        """Nothing runs."""
        return True

    def gone(self, context: Context, found: Found) -> bool:
        """Deletion is immediate."""
        return True


class LogGroups(_Neighbour):
    """SageMaker's log groups. The group of a kept endpoint belongs to it."""

    kind = "log-group"
    _PREFIX = "/aws/sagemaker/"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield the groups below /aws/sagemaker/."""
        pages = context.account.client("logs").get_paginator("describe_log_groups")
        for page in pages.paginate(logGroupNamePrefix=self._PREFIX):
            for group in page["logGroups"]:
                name = group["logGroupName"]
                yield Found(
                    kind=self.kind,
                    name=name,
                    arn=group["arn"].removesuffix(":*"),
                    created=_time(group.get("creationTime")),
                    cost=context.prices.storage("logs", size_bytes=group.get("storedBytes", 0)),
                    key={"logGroupName": name},
                )

    def tags(self, context: Context, found: Found) -> Mapping[str, str]:
        """Read the tags of the group."""
        tags: Mapping[str, str] = context.account.client("logs").list_tags_for_resource(resourceArn=found.arn)["tags"]
        return tags

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete the group with its events."""
        changes.call(context.account, "logs", "delete_log_group", **found.key)


class Prefixes(_Neighbour):
    """Top-level prefixes of SageMaker's default bucket, and of the buckets in the settings."""

    kind = "s3-prefix"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield each top-level prefix with its size."""
        default = f"sagemaker-{context.account.region}-{context.account.account_id}"
        for bucket in dict.fromkeys((default, *context.settings.buckets)):
            if bucket == default and context.is_managed(f"arn:{context.partition}:s3:::{bucket}"):
                continue
            yield from self._of_bucket(context, bucket, optional=bucket == default)

    def _of_bucket(self, context: Context, bucket: str, *, optional: bool) -> Iterator[Found]:
        s3 = context.account.client("s3")
        try:
            s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=context.account.account_id)
        except AWS_ERRORS as error:
            if optional and is_missing(error):
                return
            raise
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/"):
            for one in page.get("CommonPrefixes", ()):
                yield self._measured(context, bucket, one["Prefix"])

    def _measured(self, context: Context, bucket: str, prefix: str) -> Found:
        size, newest, count = 0, None, 0
        pages = context.account.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                size += one["Size"]
                count += 1
                newest = max(newest or one["LastModified"], one["LastModified"])
        return Found(
            kind=self.kind,
            name=f"s3://{bucket}/{prefix}",
            arn=f"arn:{context.partition}:s3:::{bucket}/{prefix}",
            status=f"{count} objects, {size} bytes",
            created=newest,
            cost=context.prices.storage("s3", size_bytes=size),
            key={"Bucket": bucket, "Prefix": prefix},
        )

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete every version of every object below the prefix. What fails does not stop the rest."""
        failed: list[Failure] = []
        pages = context.account.client("s3").get_paginator("list_object_versions")
        for page in pages.paginate(**found.key):
            every = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in every]
            if objects:
                failed += changes.call_for_several(
                    context.account,
                    "s3",
                    "delete_objects",
                    _not_deleted,
                    Bucket=found.key["Bucket"],
                    Delete={"Objects": objects, "Quiet": True},
                    ExpectedBucketOwner=context.account.account_id,
                )
        refuse_failures(failed)


class Images(_Neighbour):
    """Images in repositories that SageMaker's tools create."""

    kind = "ecr-image"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield the images of repositories that match the settings."""
        ecr = context.account.client("ecr")
        for page in ecr.get_paginator("describe_repositories").paginate():
            for repository in page["repositories"]:
                name = repository["repositoryName"]
                wanted = any(fnmatchcase(name, one) for one in context.settings.ecr_repositories)
                if wanted and not context.is_managed(repository["repositoryArn"]):
                    yield from self._of_repository(context, name, repository["repositoryArn"])

    def _of_repository(self, context: Context, name: str, arn: str) -> Iterator[Found]:
        pages = context.account.client("ecr").get_paginator("describe_images")
        for page in pages.paginate(repositoryName=name):
            for image in page["imageDetails"]:
                digest = image["imageDigest"]
                yield Found(
                    kind=self.kind,
                    name=f"{name}@{digest}",
                    arn=arn,
                    status=", ".join(image.get("imageTags", ())) or "untagged",
                    created=image.get("imagePushedAt"),
                    cost=context.prices.storage("ecr", size_bytes=image.get("imageSizeInBytes") or 0),
                    key={"repositoryName": name, "imageDigest": digest},
                    aliases=tuple(f"{name}:{tag}" for tag in image.get("imageTags", ())),
                )

    def tags(self, context: Context, found: Found) -> Mapping[str, str]:
        """Read the tags of the repository."""
        return tags_of_pairs(context.account.client("ecr").list_tags_for_resource(resourceArn=found.arn)["tags"])

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete the image."""
        failed = changes.call_for_several(
            context.account,
            "ecr",
            "batch_delete_image",
            lambda answer: [
                (found.name, one["failureCode"], one["failureReason"])
                for one in answer.get("failures", ())
                if one["failureCode"] != "ImageNotFound"
            ],
            repositoryName=found.key["repositoryName"],
            imageIds=[{"imageDigest": found.key["imageDigest"]}],
        )
        refuse_failures(failed)


class Interfaces(_Neighbour):
    """Network interfaces of SageMaker. One in use belongs to something that runs."""

    kind = "network-interface"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield the interfaces that nothing uses."""
        pages = context.account.client("ec2").get_paginator("describe_network_interfaces")
        filters = [{"Name": "description", "Values": ["*SageMaker*"]}, {"Name": "status", "Values": ["available"]}]
        for page in pages.paginate(Filters=filters):
            for one in page["NetworkInterfaces"]:
                name = one["NetworkInterfaceId"]
                yield Found(
                    kind=self.kind,
                    name=name,
                    arn=context.arn("ec2", f"network-interface/{name}"),
                    status=one["Status"],
                    key={"NetworkInterfaceId": name},
                    tags=tags_of_pairs(one.get("TagSet")),
                )

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete the interface."""
        changes.call(context.account, "ec2", "delete_network_interface", **found.key)


class FileSystems(_Neighbour):
    """File systems of deleted Studio domains: AWS keeps them unless the domain's deletion asks otherwise."""

    kind = "file-system"

    def find(self, context: Context) -> Iterator[Found]:
        """Yield the file systems with a tag of a domain that no longer exists."""
        domains = _domains(context)
        for page in context.account.client("efs").get_paginator("describe_file_systems").paginate():
            for one in page["FileSystems"]:
                tags = tags_of_pairs(one.get("Tags"))
                domain = tags.get(_DOMAIN_TAG, "")
                if not domain or domain.rpartition("/")[2] in domains:
                    continue
                name = one["FileSystemId"]
                yield Found(
                    kind=self.kind,
                    name=name,
                    arn=one.get("FileSystemArn") or context.arn("elasticfilesystem", f"file-system/{name}"),
                    status=f"of deleted domain {domain.rpartition('/')[2]}",
                    created=one.get("CreationTime"),
                    running=bool(one.get("NumberOfMountTargets")),
                    cost=context.prices.storage("efs", size_bytes=one.get("SizeInBytes", {}).get("Value", 0)),
                    key={"FileSystemId": name},
                    tags=tags,
                )

    def stop(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete the mount targets: with one, AWS does not delete the file system."""
        if found.running:
            for page in context.account.client("efs").get_paginator("describe_mount_targets").paginate(**found.key):
                for one in page["MountTargets"]:
                    changes.call(context.account, "efs", "delete_mount_target", MountTargetId=one["MountTargetId"])

    def stopped(self, context: Context, found: Found) -> bool:
        """Whether it has no mount target."""
        (described,) = context.account.client("efs").describe_file_systems(**found.key)["FileSystems"]
        return not described["NumberOfMountTargets"]

    def remove(self, context: Context, changes: Changes, found: Found) -> None:
        """Delete the file system."""
        changes.call(context.account, "efs", "delete_file_system", **found.key)


def _not_deleted(answer: Mapping[str, Any]) -> list[Failure]:
    return [(one.get("Key", ""), one.get("Code", ""), one.get("Message", "")) for one in answer.get("Errors", ())]


def _domains(context: Context) -> set[str]:
    pages = context.account.client("sagemaker").get_paginator("list_domains").paginate()
    return {one["DomainId"] for page in pages for one in page["Domains"]}


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


SOURCES = (LogGroups(), Prefixes(), Images(), Interfaces(), FileSystems())
