"""Reads requests and writes responses of this plug-in's `json` services without LocalStack's parser and serializer.

They walk the service model at every request, which takes longer than the operation. Other requests and all errors, such
as those in CBOR, are LocalStack's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationNotFoundError
from localstack import config
from localstack.aws.api import RequestContext, ServiceException
from localstack.aws.handlers.service import ServiceRequestParser
from localstack.aws.protocol.parser import ProtocolParserError
from localstack.aws.protocol.serializer import create_serializer
from localstack.aws.skeleton import Skeleton
from localstack.http import Response
from werkzeug.wrappers import Request

from ..errors import ServiceFailure
from ..json_values import values_of

__all__ = ["JsonSkeleton", "install", "is_json", "is_read", "provided", "read"]

_READ = "localstack_sagemaker_read"
"""the attribute that marks the context of a request read by this module"""
_TARGETS = {
    "application-autoscaling": "AnyScaleFrontendService",
    "budgets": "AWSBudgetServiceGateway",
    "sagemaker": "SageMaker",
}
"""service → the prefix in X-Amz-Target; loading the models for it would delay the start"""


def provided() -> dict[str, str]:
    """The services with AWS JSON that are provided by this plug-in, with the prefix of their X-Amz-Target."""
    get_provider = config.SERVICE_PROVIDER_CONFIG.get_provider
    return {name: prefix for name, prefix in _TARGETS.items() if get_provider(name) == "default"}


def is_json(request: Request) -> bool:
    """Whether request and response are JSON; LocalStack accepts CBOR for these services too."""
    # Werkzeug's headers are a list that every access searches
    sent = request.environ
    return not any("cbor" in sent.get(name, "") for name in ("CONTENT_TYPE", "HTTP_ACCEPT", "HTTP_SMITHY_PROTOCOL"))


def is_read(context: RequestContext) -> bool:
    """Whether this module has read the request."""
    return bool(context.get(_READ))


class JsonSkeleton(Skeleton):
    """Writes the responses to requests that this module has read."""

    def dispatch_request(self, serializer: Any, context: RequestContext, instance: Any) -> Response:
        """Run the operation of the request and return its response."""
        if not is_read(context):
            return super().dispatch_request(serializer, context, instance)
        response = Response()
        self._run(context, response)
        return response

    def answer(self, context: RequestContext, response: Response) -> None:
        """Run the operation of a request that this module has read, and write its response or error."""
        try:
            self._run(context, response)
        except ServiceException as error:
            written = self.on_service_exception(create_serializer(context.service), context, error)
            response.update_from(written)

    def _run(self, context: RequestContext, response: Response) -> None:
        operation = context.operation
        result: Mapping[str, Any] = self.dispatch_table[operation.name](context, context.service_request) or {}
        context.service_response = result
        shape = operation.output_shape
        body = values_of(operation.service_model).write(shape, result) if shape is not None else {}
        response.status_code = operation.http.get("responseCode", 200)
        response.data = json.dumps(body)
        response.headers["Content-Type"] = f"application/x-amz-json-{operation.metadata['jsonVersion']}"
        response.headers["x-amzn-RequestId"] = context.request_id


def install() -> None:
    """Read the requests of the services that are provided by this plug-in."""
    generic = ServiceRequestParser.parse_and_enrich
    services = provided()

    def parse_and_enrich(self: ServiceRequestParser, context: RequestContext) -> None:
        if context.service.service_name not in services or not read(context):
            generic(self, context)

    ServiceRequestParser.parse_and_enrich = parse_and_enrich


def read(context: RequestContext) -> bool:
    """Set operation and request of a request to one of the services; False if this module does not read it.

    Raises ProtocolParserError for a timestamp or blob that cannot be read.
    """
    if not is_json(context.request):
        return False
    model = context.service
    try:
        operation = model.operation_model(context.request.headers.get("X-Amz-Target", "").rpartition(".")[2])
        document = json.loads(context.request.get_data() or b"{}")
        shape = operation.input_shape
        found = values_of(model).read(shape, document) if shape is not None else {}
    except ServiceFailure as error:
        raise ProtocolParserError(error.message) from error
    except RecursionError as error:
        raise ProtocolParserError("the body has too many levels") from error
    except (ValueError, OperationNotFoundError):
        return False
    if not isinstance(found, dict):
        return False
    context.operation, context.service_request = operation, found
    setattr(context, _READ, True)
    return True
