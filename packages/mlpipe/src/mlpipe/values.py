"""The value that an environment reads: one JSON file with the model version. Its fields are defined only here."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlpipe.errors import ConfigurationError

__all__ = ["ContainerValue", "ModelValue", "read", "write"]


class ContainerValue(BaseModel):
    """One container of an inference pipeline."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    image: str
    model_data_url: str | None = None
    model_data_sha256: str | None = None


class ModelValue(BaseModel):
    """The model version that an environment serves. Other fields of the file are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())

    version: int = Field(ge=1)
    """the version in the registry"""
    model_package_arn: str | None = None
    """the version to deploy, in the registry or in the environment's own group"""
    image: str | None = None
    model_data_url: str | None = None
    model_data_sha256: str | None = None
    pipeline: tuple[ContainerValue, ...] | None = None
    """the containers of an inference pipeline, in order, instead of the three fields above"""

    @model_validator(mode="before")
    @classmethod
    def _version_of_arn(cls, document: object) -> object:
        """A file that people write may have only the ARN of a version in the registry."""
        if isinstance(document, dict) and "version" not in document:
            last = str(document.get("model_package_arn", "")).rpartition("/")[2]
            if last.isdecimal():
                return {"version": int(last), **document}
        return document

    @classmethod
    def of(cls, version: int, arn: str, containers: Sequence[ContainerValue]) -> ModelValue:
        """The value of a version: its only container, or the containers of its inference pipeline."""
        if len(containers) > 1:
            return cls(version=version, model_package_arn=arn, pipeline=tuple(containers))
        (only,) = containers
        return cls(version=version, model_package_arn=arn, **only.model_dump())

    def checksums(self) -> list[str | None]:
        """The SHA-256 of each container's artefact, in order; None if it is not known."""
        if self.pipeline is not None:
            return [one.model_data_sha256 for one in self.pipeline]
        return [self.model_data_sha256]

    def with_fields_of(self, before: ModelValue | None) -> ModelValue:
        """The value with the fields that other tools wrote into the file."""
        others = (before.model_extra if before else None) or {}
        return ModelValue.model_validate({**others, **self.document()})

    def document(self) -> dict[str, object]:
        """The content of the file, without empty fields."""
        return self.model_dump(exclude_none=True, mode="json")


def read(path: Path) -> ModelValue | None:
    """Read a value file; None if it does not exist. Raises ConfigurationError if it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    try:
        return ModelValue.model_validate(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise ConfigurationError(f"{path}: not the value of an environment: {' '.join(str(error).split())}") from error


def write(path: Path, value: ModelValue) -> None:
    """Write a value file. A reader sees the old or the new content, never a part. Raises ConfigurationError."""
    text = json.dumps(value.document(), indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as new:
            try:
                new.write(text)
                new.flush()
                os.fsync(new.fileno())
                os.fchmod(new.fileno(), mode)
                Path(new.name).replace(path)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
