"""The promotion itself. Each step first looks whether it is done, so that a run can be interrupted and repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlpipe import values
from mlpipe.aws import Account, Changes
from mlpipe.errors import ConfigurationError, Refused
from mlpipe.pipeline import Environment, Pipeline
from mlpipe.promotion import artifacts, image_copies, images, packages
from mlpipe.promotion.artifacts import Artifact, Progress
from mlpipe.promotion.packages import Package
from mlpipe.values import ContainerValue, ModelValue

__all__ = ["Promotion", "Route"]


@dataclass(frozen=True)
class Route:
    """From where to where, and which version; None is what the source serves, or the newest approved one."""

    pipeline: Pipeline
    source: str
    target: str
    version: int | None = None

    def __post_init__(self) -> None:
        """Raise ConfigurationError if the two environments cannot be connected."""
        for name in (self.source, self.target):
            self.pipeline.environment(name)
        if self.source == self.target:
            raise ConfigurationError(f"--from and --to are both {self.source}")
        if self.file is None:
            raise ConfigurationError(f"environments.{self.target}: it has no value or candidate to write")

    @property
    def environment(self) -> Environment:
        """The target's settings."""
        return self.pipeline.environment(self.target)

    @property
    def file(self) -> Path | None:
        """The file to write: the candidate's, where the target tests candidates in a shadow variant."""
        name = self.environment.candidate or self.environment.value
        return self.pipeline.folder / name if name else None

    def served(self) -> ModelValue | None:
        """What the source serves; None for the registry, which serves nothing."""
        name = self.pipeline.environment(self.source).value
        if name is None:
            if self.source != self.pipeline.registry:
                raise ConfigurationError(f"environments.{self.source}: it has no value to read")
            return None
        found = values.read(self.pipeline.folder / name)
        if found is None:
            raise Refused(f"{self.pipeline.folder / name}: {self.source} serves no model yet")
        return found


@dataclass(frozen=True)
class Promotion:
    """Promotes one version. ``registry`` reads the registry: its own account, or the target's with its policies."""

    route: Route
    registry: Account
    target: Account
    changes: Changes
    progress: Progress | None = None

    def run(self) -> ModelValue:
        """Promote, or only show the calls. Returns the value of the target.

        Raises Refused by a guard rail, before anything of the step is changed.
        """
        served = self.route.served()
        package = self._package(served)
        pinned = [images.pinned(self.registry, package.arn, one) for one in package.containers]
        verified = [self._verified(package, index, served) for index in range(len(package.containers))]
        copied = [self._copied(package, index, one) for index, one in enumerate(verified)]
        used = [self._image_copied(package, index, image) for index, image in enumerate(pinned)]
        containers = [_value(image, artifact) for image, artifact in zip(used, copied, strict=True)]
        value = ModelValue.of(package.version, self._registered(package, containers), containers)
        self._written(value)
        return value

    def _package(self, served: ModelValue | None) -> Package:
        version = self.route.version
        if served is not None:
            if version not in (None, served.version):
                raise Refused(
                    f"{self.route.source} serves version {served.version}, not {version}; promote that version to "
                    f"{self.route.source} first, or take it from {self.route.pipeline.registry}"
                )
            version = served.version
        pipeline = self.route.pipeline
        owner = pipeline.environment(pipeline.registry).account_id
        group = packages.group_arn(self.registry, owner, pipeline.region_of(pipeline.registry), pipeline.group)
        found = packages.find(self.registry, group, version)
        own_group = pipeline.environment(self.route.source).group
        arn = served.model_package_arn if served and own_group is None else None
        if arn and arn.lower() != found.arn.lower():
            raise Refused(f"{self.route.source} serves {arn}, expected {found.arn}: it is another model package")
        return found

    def _verified(self, package: Package, index: int, served: ModelValue | None) -> Artifact | None:
        """The registry's artefact. Its checksum must be the approved one, and the one that the source serves."""
        container = package.containers[index]
        if not container.model_data_url:
            return None
        found = artifacts.inspect(self.registry, container.model_data_url, self.progress)
        checksums = dict(enumerate(served.checksums())) if served else {}
        expected = {
            "approved": package.metadata.get(package.sha256_key(index)),
            f"served by {self.route.source}": checksums.get(index),
        }
        for what, sha256 in expected.items():
            if sha256 and sha256.lower() != found.sha256:
                raise Refused(f"{found.url}: SHA-256 {found.sha256}, but {sha256} was {what}")
        if container.model_data_etag and container.model_data_etag != found.etag:
            raise Refused(f"{found.url}: ETag {found.etag}, but {container.model_data_etag} was registered")
        return found

    def _copied(self, package: Package, index: int, artifact: Artifact | None) -> Artifact | None:
        folder = self.route.environment.artifacts
        if folder is None or artifact is None:
            return artifact
        name = artifact.key.rpartition("/")[2]
        # the artefacts of a pipeline may have the same name
        place = [str(package.version)] + ([str(index + 1)] if len(package.containers) > 1 else [])
        url = "/".join((folder.rstrip("/"), self.route.pipeline.group, *place, name))
        key = self.route.environment.kms_key_arn
        return artifacts.copy(
            self.registry, artifact, self.target, url, self.changes, kms_key_arn=key, progress=self.progress
        )

    def _image_copied(self, package: Package, index: int, image: str) -> str:
        repository = self.route.environment.repository
        if repository is None:
            return image
        # a tag keeps the copy from the expiry of untagged images
        tag = f"{self.route.pipeline.group}-{package.version}" + (
            f"-{index + 1}" if len(package.containers) > 1 else ""
        )
        return image_copies.copy(
            self.registry, image, self.target, repository, tag, self.changes, progress=self.progress
        )

    def _registered(self, package: Package, containers: Sequence[ContainerValue]) -> str:
        """The version in the target's own group, approved as the last step; the registry's where there is no group."""
        group = self.route.environment.group
        if group is None:
            return package.arn
        found = packages.registered(self.target, group, package.arn)
        if found is None:
            arn = self._register(package, group, containers)
        elif found.status == "Rejected":
            raise Refused(f"{found.arn}: it was rejected in {self.route.target}")
        elif _content(found) != [(one.image, one.model_data_sha256) for one in containers]:
            raise Refused(f"{found.arn}: it was registered with another image or artefact")
        elif found.status == "Approved":
            return found.arn
        else:
            arn = found.arn
        if self.changes.act:
            packages.await_completion(self.target, arn)
        approved = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
        self.changes.call(self.target, "sagemaker", "update_model_package", **approved)
        return arn

    def _register(self, package: Package, group: str, containers: Sequence[ContainerValue]) -> str:
        definitions = [
            {
                **old.definition,
                "Image": new.image,
                **({"ModelDataUrl": new.model_data_url} if new.model_data_url else {}),
            }
            for old, new in zip(package.containers, containers, strict=True)
        ]
        lineage = {
            packages.SOURCE: package.arn,
            "promoted_by": self.target.caller,
            "promoted_at": datetime.now(UTC).isoformat(timespec="seconds"),
            **{
                package.sha256_key(i): one.model_data_sha256
                for i, one in enumerate(containers)
                if one.model_data_sha256
            },
        }
        others = [(name, value) for name, value in package.metadata.items() if name not in lineage]
        made = self.changes.call(
            self.target,
            "sagemaker",
            "create_model_package",
            ModelPackageGroupName=group,
            ModelPackageDescription=f"version {package.version} of {self.route.pipeline.group}",
            InferenceSpecification={**package.inference, "Containers": definitions},
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties={**dict(others[: packages.MOST_METADATA - len(lineage)]), **lineage},
        )
        return str(made.get("ModelPackageArn", f"<the new version of {group}>"))

    def _written(self, value: ModelValue) -> None:
        file = self.route.file
        assert file is not None
        before = values.read(file)
        value = value.with_fields_of(before)
        if before == value:
            return
        folder = self.route.pipeline.folder
        shown = file.relative_to(folder) if file.is_relative_to(folder) else file
        self.changes.local(
            f"write {shown}: version {value.version}",
            lambda: values.write(file, value),
            environment=self.route.target,
            version=value.version,
            caller=self.target.caller,
        )


def _value(image: str, artifact: Artifact | None) -> ContainerValue:
    if artifact is None:
        return ContainerValue(image=image)
    return ContainerValue(image=image, model_data_url=artifact.url, model_data_sha256=artifact.sha256)


def _content(package: Package) -> list[tuple[str, str | None]]:
    return [(one.image, package.metadata.get(package.sha256_key(i))) for i, one in enumerate(package.containers)]
