"""AWS error answers. Always 4xx: clients retry a 5xx for minutes and hide the cause."""

from __future__ import annotations

from localstack.aws.api import CommonServiceException
from localstack.aws.api import ServiceException as ServiceFailure

__all__ = [
    "ServiceFailure",
    "conflict",
    "failure",
    "in_use",
    "limit_exceeded",
    "not_found",
    "not_implemented",
    "serialization",
    "throttled",
    "validation",
]


def failure(code: str, message: str, status_code: int = 400) -> CommonServiceException:
    """Return an answer with AWS's error `code`; the sender is at fault unless the status says otherwise."""
    return CommonServiceException(code, message, status_code=status_code, sender_fault=status_code < 500)


def validation(message: str) -> CommonServiceException:
    """SageMaker's answer to malformed input and, for its older resources, to most other faults too."""
    return failure("ValidationException", message)


def not_found(message: str) -> CommonServiceException:
    """The newer resources' answer to a name that does not exist."""
    return failure("ResourceNotFound", message)


def in_use(message: str) -> CommonServiceException:
    """The newer resources' answer to a name that is taken or a resource that others need."""
    return failure("ResourceInUse", message)


def conflict(message: str) -> CommonServiceException:
    """Two changes that exclude each other."""
    return failure("ConflictException", message)


def limit_exceeded(message: str) -> CommonServiceException:
    """An account quota or a capacity that is used up."""
    return failure("ResourceLimitExceeded", message)


def throttled() -> CommonServiceException:
    """AWS's answer to too many requests; SDKs retry it."""
    return failure("ThrottlingException", "Rate exceeded")


def serialization(message: str) -> CommonServiceException:
    """The body is JSON of the wrong shape."""
    return failure("SerializationException", message)


def not_implemented(service: str, operation: str) -> CommonServiceException:
    """Our answer to an operation that the table lacks. A 400, because SDKs would retry a 501."""
    return failure("UnsupportedOperation", f"{service} {operation} is not implemented by localstack-sagemaker")
