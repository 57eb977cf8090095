"""AWS errors. Every one is a 4xx: clients retry a 5xx for minutes and hide the cause."""

from __future__ import annotations

import logging

__all__ = [
    "ServiceFailure",
    "bug",
    "conflict",
    "failure",
    "in_use",
    "not_emulated",
    "not_found",
    "serialization",
    "throttled",
    "unreachable",
    "validation",
]

LOG = logging.getLogger(__name__)


class ServiceFailure(Exception):
    """An error response. Attributes that a caller adds are members of the response."""

    def __init__(self, code: str, message: str, status_code: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_code


def failure(code: str, message: str, status_code: int = 400) -> ServiceFailure:
    """An error with AWS's `code`; below status 500 it is a client error."""
    return ServiceFailure(code, message, status_code)


def validation(message: str) -> ServiceFailure:
    """SageMaker's error for malformed input and, in its older resources, for most other errors."""
    return failure("ValidationException", message)


def not_found(message: str) -> ServiceFailure:
    """The newer resources' error for a missing resource."""
    return failure("ResourceNotFound", message)


def in_use(message: str) -> ServiceFailure:
    """The newer resources' error for a name or a resource that is in use."""
    return failure("ResourceInUse", message)


def conflict(message: str) -> ServiceFailure:
    """The error for conflicting changes."""
    return failure("ConflictException", message)


def throttled() -> ServiceFailure:
    """AWS's error for too many requests; SDKs retry it."""
    return failure("ThrottlingException", "Rate exceeded")


def serialization(message: str) -> ServiceFailure:
    """The error for a body that is not JSON or has a wrong JSON type."""
    return failure("SerializationException", message)


def bug(what: str, error: Exception) -> ServiceFailure:
    """Log and return the error for an exception of the emulator. A 400, because clients retry a 500 for minutes."""
    LOG.error("%s failed in the emulator", what, exc_info=error)
    return failure("InternalFailure", f"{what}: {type(error).__name__}: {error} (a bug in localstack-sagemaker)")


def unreachable(address: str, error: Exception) -> ServiceFailure:
    """The error for a call that needs another service, of an emulator that does not answer. SDKs do not retry it."""
    return failure(
        "DependencyFailureException",
        f"the emulator of the other services at {address} does not answer ({type(error).__name__}); start it, or "
        "restart localstack-sagemaker with its address in --services-endpoint",
    )


def not_emulated(service: str, operation: str) -> ServiceFailure:
    """Log and return the error for an operation that is refused. A 400, because SDKs retry a 501."""
    message = f"{service} {operation} is not emulated by localstack-sagemaker"
    LOG.warning("%s; it is refused", message)
    return failure("UnsupportedOperation", message)
