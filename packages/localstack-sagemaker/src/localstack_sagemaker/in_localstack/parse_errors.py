"""Returns AWS's errors for requests that LocalStack cannot parse: LocalStack returns a 500, which SDKs retry.

LocalStack runs all its exception handlers, and the last one writes the 500. So an exception handler builds the
error response, and a response handler, which runs later, sets it.
"""

from __future__ import annotations

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import run_custom_response_handlers, serve_custom_exception_handlers
from localstack.aws.protocol.parser import OperationNotFoundParserError, RequestParserError
from localstack.aws.protocol.serializer import create_serializer
from localstack.http import Response

from .. import errors
from .handlers import localstack_error

__all__ = ["install"]

_SERVICES = {"sagemaker", "sagemaker-runtime", "application-autoscaling", "budgets"}
_RESPONSE = "localstack_sagemaker_response"


def _build_response(chain: HandlerChain, exception: Exception, context: RequestContext, response: Response) -> None:
    if context.service is None or context.service.service_name not in _SERVICES or context.operation:
        return
    target = context.request.headers.get("X-Amz-Target", "").partition(".")[2]
    # for an unknown operation the parser of JSON protocols raises an unspecific error
    unknown = target and target not in context.service.operation_names
    if unknown or isinstance(exception, OperationNotFoundParserError):
        error = localstack_error(
            errors.failure("UnknownOperationException", f"The operation {target or '?'} is not known")
        )
    elif isinstance(exception, RequestParserError):
        message = str(exception) or "Start of structure or map found where not expected."
        error = localstack_error(errors.serialization(message))
    elif isinstance(exception, CommonServiceException):
        return
    else:  # of the body's encoding
        error = localstack_error(errors.serialization(f"the request cannot be read: {exception}"))
    model = context.service.operation_model(context.service.operation_names[0])
    serializer = create_serializer(context.service)
    built = serializer.serialize_error_to_response(error, model, context.request.headers, context.request_id)
    setattr(context, _RESPONSE, built)


def _set_response(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    built = context.get(_RESPONSE)
    if built is not None:
        response.update_from(built)


def install() -> None:
    """Add both handlers to LocalStack's chains."""
    serve_custom_exception_handlers.append(_build_response)
    run_custom_response_handlers.append(_set_response)
