"""The promotion itself. Each step first looks whether it is done, so that a run can be interrupted and repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlpipe import values
from mlpipe.aws import Account, Changes
from mlpipe.errors import ConfigurationError, Refused
from mlpipe.pipeline import Environment, Pipeline
from mlpipe.promotion import artifacts, images, packages
from mlpipe.promotion.artifacts import Artifact, Progress
from mlpipe.promotion.packages import Package
from mlpipe.values import ModelValue

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
        image = images.pinned(self.registry, package)
        artifact = self._verified(package, served)
        copied = self._copied(package, artifact)
        arn = self._registered(package, image, copied)
        value = ModelValue(
            version=package.version,
            image=image,
            model_data_url=copied.url,
            model_package_arn=arn,
            model_data_sha256=copied.sha256,
        )
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
        return packages.find(self.registry, group, version)

    def _verified(self, package: Package, served: ModelValue | None) -> Artifact:
        """The registry's artefact. Its checksum must be the approved one, and the one that the source serves."""
        found = artifacts.inspect(self.registry, package.model_data_url, self.progress)
        expected = {
            "approved": package.metadata.get(packages.SHA256),
            f"served by {self.route.source}": served.model_data_sha256 if served else None,
        }
        for what, sha256 in expected.items():
            if sha256 and sha256.lower() != found.sha256:
                raise Refused(f"{found.url}: SHA-256 {found.sha256}, but {sha256} was {what}")
        if package.model_data_etag and package.model_data_etag != found.etag:
            raise Refused(f"{found.url}: ETag {found.etag}, but {package.model_data_etag} was registered")
        return found

    def _copied(self, package: Package, artifact: Artifact) -> Artifact:
        folder = self.route.environment.artifacts
        if folder is None:
            return artifact
        name = artifact.key.rpartition("/")[2]
        url = f"{folder.rstrip('/')}/{self.route.pipeline.group}/{package.version}/{name}"
        key = self.route.environment.kms_key_arn
        return artifacts.copy(
            self.registry, artifact, self.target, url, self.changes, kms_key_arn=key, progress=self.progress
        )

    def _registered(self, package: Package, image: str, artifact: Artifact) -> str:
        """The version in the target's own group, approved as the last step; the registry's where there is no group."""
        group = self.route.environment.group
        if group is None:
            return package.arn
        found = packages.registered(self.target, group, package.arn)
        if found is None:
            arn = self._register(package, group, image, artifact)
        elif found.status == "Rejected":
            raise Refused(f"{found.arn}: it was rejected in {self.route.target}")
        elif found.metadata.get(packages.SHA256) != artifact.sha256 or found.image != image:
            raise Refused(f"{found.arn}: it was registered with another image or artefact")
        elif found.status == "Approved":
            return found.arn
        else:
            arn = found.arn
        approved = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
        self.changes.call(self.target, "sagemaker", "update_model_package", **approved)
        return arn

    def _register(self, package: Package, group: str, image: str, artifact: Artifact) -> str:
        inference = {**package.inference, "Containers": [{"Image": image, "ModelDataUrl": artifact.url}]}
        lineage = {
            packages.SOURCE: package.arn,
            packages.SHA256: artifact.sha256,
            "promoted_by": self.target.caller,
            "promoted_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        made = self.changes.call(
            self.target,
            "sagemaker",
            "create_model_package",
            ModelPackageGroupName=group,
            ModelPackageDescription=f"version {package.version} of {self.route.pipeline.group}",
            InferenceSpecification=inference,
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties=lineage,
        )
        return str(made.get("ModelPackageArn", f"<the new version of {group}>"))

    def _written(self, value: ModelValue) -> None:
        file = self.route.file
        assert file is not None
        before = values.read(file)
        if before is not None:
            # other tools' fields stay
            value = ModelValue(**{**(before.model_extra or {}), **value.document()})
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
