"""Answers requests that LocalStack cannot parse as AWS does: LocalStack's own answer is a 500, which SDKs retry."""

from __future__ import annotations

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import serve_custom_exception_handlers
from localstack.aws.protocol.parser import OperationNotFoundParserError, RequestParserError
from localstack.aws.protocol.serializer import create_serializer
from localstack.http import Response

from . import errors

__all__ = ["install"]

_SERVICES = {"sagemaker", "sagemaker-runtime"}


def _answer(chain: HandlerChain, exception: Exception, context: RequestContext, response: Response) -> None:
    if context.service is None or context.service.service_name not in _SERVICES or context.operation:
        return
    if isinstance(exception, OperationNotFoundParserError):
        target = context.request.headers.get("X-Amz-Target", "").partition(".")[2]
        error = errors.failure("UnknownOperationException", f"The operation {target or '?'} is not known")
    elif isinstance(exception, RequestParserError):
        error = errors.serialization("Start of structure or map found where not expected.")
    else:
        return
    model = context.service.operation_model(context.service.operation_names[0])
    serializer = create_serializer(context.service)
    response.update_from(
        serializer.serialize_error_to_response(error, model, context.request.headers, context.request_id)
    )
    context.service_exception = error
    chain.stop()


def install() -> None:
    """Add the answer to LocalStack's exception handlers."""
    serve_custom_exception_handlers.append(_answer)
