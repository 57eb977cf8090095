"""Adapts the core's handlers to LocalStack, which handles only its own exceptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import CommonServiceException

from ..errors import ServiceFailure

__all__ = ["adapted", "localstack_error"]

Handler = Callable[[Any, Any], Mapping[str, Any]]


def localstack_error(error: ServiceFailure) -> CommonServiceException:
    """The same error as an exception of LocalStack."""
    sender_fault = error.status_code < 500
    found = CommonServiceException(error.code, error.message, status_code=error.status_code, sender_fault=sender_fault)
    vars(found).update(vars(error))
    return found


def adapted(table: Mapping[str, Handler]) -> dict[str, Handler]:
    """The dispatch table with LocalStack's exceptions."""
    return {name: _adapted(handler) for name, handler in table.items()}


def _adapted(handler: Handler) -> Handler:
    def handle(context: Any, request: Any) -> Mapping[str, Any]:
        try:
            return handler(context, request)
        except ServiceFailure as error:
            raise localstack_error(error) from error

    return handle
