"""Refused operations, with an error that clients do not retry, and the services of SageMaker that are refused whole.

LocalStack answers services and operations that it does not have with a 501, which SDKs retry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ServiceModel

from . import errors
from .others import Context

__all__ = ["SERVICES", "refuse", "refused_table"]

Handler = Callable[[Context, Any], Mapping[str, Any]]

SERVICES = ("sagemaker-a2i-runtime", "sagemaker-edge", "sagemaker-geospatial")


def refuse(service: str, operation: str) -> Handler:
    """A handler that raises UnsupportedOperation with the operation's name."""

    def handle(context: Context, request: Any) -> Mapping[str, Any]:
        raise errors.not_emulated(service, operation)

    return handle


def refused_table(model: ServiceModel) -> dict[str, Handler]:
    """A dispatch table that refuses every operation of a service."""
    return {name: refuse(model.service_name, name) for name in model.operation_names}
