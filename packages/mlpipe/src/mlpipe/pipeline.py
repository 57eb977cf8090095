"""The environments file: accounts, roles and files of a pipeline. It contains no secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlpipe.errors import ConfigurationError

__all__ = ["FILE", "Environment", "KeepRule", "LeftoverSettings", "Pipeline", "load"]

FILE = "mlpipe.yaml"

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
RoleArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::\d{12}:role/\S+$")]
S3Url = Annotated[str, Field(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Environment(_Strict):
    """One account and region of the pipeline."""

    account_id: AccountId
    region: str | None = None
    """overrides the region of the pipeline"""
    role_arn: RoleArn | None = None
    """the role to assume; without it, the caller's credentials must belong to the account"""
    value: str | None = None
    """the JSON file with the model that the environment serves, relative to the environments file"""
    candidate: str | None = None
    """the JSON file with the model of the shadow variant"""
    group: str | None = None
    """a model package group in this account, in which promoted versions are registered"""
    artifacts: S3Url | None = None
    """the folder for copies of artefacts; without it, the registry's artefact is used"""
    kms_key_arn: str | None = None
    """the key that encrypts the copies"""
    repository: Annotated[str, Field(pattern=r"^[a-z0-9._/-]{2,256}$")] | None = None
    """the ECR repository of this account for copies of images; without it, the registry's images are used"""
    endpoint: str | None = None
    production_variant: str = "production"
    shadow_variant: str = "shadow"
    states: tuple[str, ...] = ()
    """Terraform states of the account: ``s3://bucket/prefix``, a file or a folder"""

    @model_validator(mode="after")
    def _copies_are_registered(self) -> Environment:
        for name in ("artifacts", "repository"):
            if getattr(self, name) and not self.group:
                raise ValueError(f"{name} needs group: a copy is deployed through a version that names it")
        return self


class KeepRule(_Strict):
    """What is not a leftover. Every given condition must match; names and values are shell patterns."""

    reason: str
    kind: str = "*"
    name: str = "*"
    tags: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _selects_something(self) -> KeepRule:
        if self.kind == self.name == "*" and not self.tags:
            raise ValueError("a rule needs a kind, a name or tags: this one keeps everything")
        return self


class LeftoverSettings(_Strict):
    """What `mlpipe leftovers` keeps and where it looks."""

    keep: tuple[KeepRule, ...] = ()
    managed_tags: dict[str, tuple[str, ...]] = Field(
        default_factory=lambda: {
            "ManagedBy": ("terraform", "terragrunt", "opentofu", "pulumi", "cdk", "cloudformation"),
            "aws:cloudformation:stack-name": ("*",),
        }
    )
    """tag key → values (shell patterns, any case) that mark what another tool manages"""
    owner_tags: tuple[str, ...] = ("Owner", "owner", "CreatedBy", "created-by")
    """tag keys with the name of the person who started something"""
    ecr_repositories: tuple[str, ...] = ("sagemaker*",)
    """repositories (shell patterns) with images that SageMaker's tools push"""
    buckets: tuple[str, ...] = ()
    """more buckets, in addition to SageMaker's default bucket, with top-level prefixes to list"""


class Pipeline(_Strict):
    """The environments of one model."""

    project: str
    region: str
    registry: str
    """the environment with the model package group and the artefacts"""
    group: str
    """the model package group of the registry"""
    environments: dict[str, Environment]
    leftovers: LeftoverSettings = LeftoverSettings()
    _folder: Path = Path()

    @model_validator(mode="after")
    def _registry_exists(self) -> Pipeline:
        if self.registry not in self.environments:
            raise ValueError(f"registry: {self.registry} is not one of environments ({', '.join(self.environments)})")
        return self

    @property
    def folder(self) -> Path:
        """The folder of the environments file; paths are relative to it."""
        return self._folder

    def environment(self, name: str) -> Environment:
        """Return an environment. Raises ConfigurationError if there is none with this name."""
        if name not in self.environments:
            raise ConfigurationError(f"no environment {name}; choose one of {', '.join(self.environments)}")
        return self.environments[name]

    def region_of(self, name: str) -> str:
        """The region of an environment."""
        return self.environment(name).region or self.region

    def endpoint_of(self, name: str) -> str:
        """The endpoint of an environment, by default PROJECT-ENVIRONMENT."""
        return self.environment(name).endpoint or f"{self.project}-{name}"


def load(path: Path) -> Pipeline:
    """Read the environments file. Raises ConfigurationError with the file, the place and the remedy."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; write it or pass --config") from error
    except (yaml.YAMLError, ValueError) as error:  # of impossible dates, and of what is not UTF-8
        raise ConfigurationError(f"{path}: not YAML: {_one_line(error)}") from error
    if not isinstance(document, dict):
        found = "nothing" if document is None else type(document).__name__
        raise ConfigurationError(f"{path}: found {found}, expected a mapping with environments")
    try:
        pipeline = Pipeline.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError("\n".join(f"{path}: {line}" for line in _problems(error))) from error
    pipeline._folder = path.resolve().parent
    return pipeline


def _problems(error: ValidationError) -> list[str]:
    return [f"{_place(one['loc'])}{_message(one)}" for one in error.errors()]


def _message(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such setting"
    if problem["type"] == "string_type":
        quotes = ": put it in quotes" if isinstance(problem["input"], int | float | date) else ""
        return f"found {type(problem['input']).__name__}, expected a string{quotes}"
    return str(problem["msg"]).removeprefix("Value error, ")


def _place(loc: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in loc) + ": " if loc else ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
