"""AWS errors. Every one is a 4xx: clients retry a 5xx for minutes and hide the cause."""

from __future__ import annotations

import logging

from localstack.aws.api import CommonServiceException
from localstack.aws.api import ServiceException as ServiceFailure

__all__ = [
    "ServiceFailure",
    "conflict",
    "failure",
    "in_use",
    "not_emulated",
    "not_found",
    "serialization",
    "throttled",
    "validation",
]

LOG = logging.getLogger(__name__)


def failure(code: str, message: str, status_code: int = 400) -> CommonServiceException:
    """An error with AWS's `code`; below status 500 it is a client error."""
    return CommonServiceException(code, message, status_code=status_code, sender_fault=status_code < 500)


def validation(message: str) -> CommonServiceException:
    """SageMaker's error for malformed input and, in its older resources, for most other errors."""
    return failure("ValidationException", message)


def not_found(message: str) -> CommonServiceException:
    """The newer resources' error for a missing resource."""
    return failure("ResourceNotFound", message)


def in_use(message: str) -> CommonServiceException:
    """The newer resources' error for a name or a resource that is in use."""
    return failure("ResourceInUse", message)


def conflict(message: str) -> CommonServiceException:
    """The error for conflicting changes."""
    return failure("ConflictException", message)


def throttled() -> CommonServiceException:
    """AWS's error for too many requests; SDKs retry it."""
    return failure("ThrottlingException", "Rate exceeded")


def serialization(message: str) -> CommonServiceException:
    """The error for a body that is not JSON or has a wrong JSON type."""
    return failure("SerializationException", message)


def not_emulated(service: str, operation: str) -> CommonServiceException:
    """Log and return the error for an operation that is refused. A 400, because SDKs retry a 501."""
    message = f"{service} {operation} is not emulated by localstack-sagemaker"
    LOG.warning("%s; it is refused", message)
    return failure("UnsupportedOperation", message)
