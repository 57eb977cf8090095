"""What an endpoint runs now: since when, which versions, and where its captured data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlpipe.aws import AWS_ERRORS, Account, in_words
from mlpipe.errors import ConfigurationError

__all__ = ["Deployment", "deployed"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """The live configuration of an endpoint."""

    since: datetime
    """when the configuration was created: older values are those of another one"""
    versions: Mapping[str, str | None]
    """the ARN of the model version by variant; None if its model is not made of one"""
    captured: str | None
    """the S3 folder with captured requests and responses; None without capture of responses"""


def deployed(account: Account, endpoint: str) -> Deployment:
    """Read the live configuration. Raises ConfigurationError if it cannot be read."""
    client = account.client("sagemaker")
    try:
        described = client.describe_endpoint(EndpointName=endpoint)
        config = client.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]
        # a variant of inference components has no model
        named = [one for one in variants if one.get("ModelName")]
        models = {one["VariantName"]: client.describe_model(ModelName=one["ModelName"]) for one in named}
    except AWS_ERRORS as error:
        raise ConfigurationError(f"endpoint {endpoint} cannot be read: {in_words(error)}") from error
    return Deployment(
        since=config["CreationTime"],
        versions={name: _version(model) for name, model in models.items()},
        captured=_captured(config.get("DataCaptureConfig") or {}),
    )


def _version(model: Mapping[str, Any]) -> str | None:
    containers = [model.get("PrimaryContainer") or {}, *model.get("Containers", ())]
    return next((str(one["ModelPackageName"]) for one in containers if one.get("ModelPackageName")), None)


def _captured(config: Mapping[str, Any]) -> str | None:
    modes = {one["CaptureMode"] for one in config.get("CaptureOptions", ())}
    if not config.get("EnableCapture") or not modes & {"Output", "InputAndOutput"}:
        return None
    return str(config["DestinationS3Uri"])
