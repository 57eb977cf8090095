"""Answers requests that LocalStack cannot parse as AWS does: LocalStack's own answer is a 500, which SDKs retry.

LocalStack runs all its exception handlers, the one that writes the 500 last. So the answer is made where the
exception is known and put in place where responses get their last touch.
"""

from __future__ import annotations

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import run_custom_response_handlers, serve_custom_exception_handlers
from localstack.aws.protocol.parser import OperationNotFoundParserError, RequestParserError
from localstack.aws.protocol.serializer import create_serializer
from localstack.http import Response

from . import errors

__all__ = ["install"]

_SERVICES = {"sagemaker", "sagemaker-runtime", "application-autoscaling", "budgets"}
_ANSWER = "localstack_sagemaker_answer"


def _make_answer(chain: HandlerChain, exception: Exception, context: RequestContext, response: Response) -> None:
    if context.service is None or context.service.service_name not in _SERVICES or context.operation:
        return
    target = context.request.headers.get("X-Amz-Target", "").partition(".")[2]
    # an operation that the model lacks is an unknown error to the parser of JSON protocols
    unknown = target and target not in context.service.operation_names
    if unknown or isinstance(exception, OperationNotFoundParserError):
        error = errors.failure("UnknownOperationException", f"The operation {target or '?'} is not known")
    elif isinstance(exception, RequestParserError):
        error = errors.serialization(str(exception) or "Start of structure or map found where not expected.")
    else:
        return
    model = context.service.operation_model(context.service.operation_names[0])
    serializer = create_serializer(context.service)
    answer = serializer.serialize_error_to_response(error, model, context.request.headers, context.request_id)
    setattr(context, _ANSWER, answer)


def _put_answer(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    answer = context.get(_ANSWER)
    if answer is not None:
        response.update_from(answer)


def install() -> None:
    """Add both steps to LocalStack's handlers."""
    serve_custom_exception_handlers.append(_make_answer)
    run_custom_response_handlers.append(_put_answer)
