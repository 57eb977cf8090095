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
from localstack.aws.api import RequestContext
from localstack.aws.handlers.service import ServiceRequestParser
from localstack.aws.protocol.parser import ProtocolParserError
from localstack.aws.skeleton import Skeleton
from localstack.http import Response

from ..errors import ServiceFailure
from ..json_values import values_of

__all__ = ["JsonSkeleton", "install"]

_READ = "localstack_sagemaker_read"
"""the attribute that marks the context of a request read by this module"""
_SERVICES = ("sagemaker", "application-autoscaling", "budgets")


def _is_json(context: RequestContext) -> bool:
    """Whether request and response are JSON; LocalStack accepts CBOR for these services too."""
    # Werkzeug's headers are a list that every access searches
    sent = context.request.environ
    return not any("cbor" in sent.get(name, "") for name in ("CONTENT_TYPE", "HTTP_ACCEPT", "HTTP_SMITHY_PROTOCOL"))


class JsonSkeleton(Skeleton):
    """Writes the responses to requests that this module has read."""

    def dispatch_request(self, serializer: Any, context: RequestContext, instance: Any) -> Response:
        """Run the operation of the request and return its response."""
        operation = context.operation
        if not context.get(_READ):
            return super().dispatch_request(serializer, context, instance)
        result: Mapping[str, Any] = self.dispatch_table[operation.name](context, instance) or {}
        context.service_response = result
        shape = operation.output_shape
        body = values_of(operation.service_model).write(shape, result) if shape is not None else {}
        headers = {
            "Content-Type": f"application/x-amz-json-{operation.metadata['jsonVersion']}",
            "x-amzn-RequestId": context.request_id,
        }
        return Response(json.dumps(body), operation.http.get("responseCode", 200), headers)


def install() -> None:
    """Read the requests of the services that are provided by this plug-in."""
    generic = ServiceRequestParser.parse_and_enrich
    services = {name for name in _SERVICES if config.SERVICE_PROVIDER_CONFIG.get_provider(name) == "default"}

    def parse_and_enrich(self: ServiceRequestParser, context: RequestContext) -> None:
        if context.service.service_name not in services or not _read(context):
            generic(self, context)

    ServiceRequestParser.parse_and_enrich = parse_and_enrich


def _read(context: RequestContext) -> bool:
    """Set operation and request; False if the request is not one that this module reads."""
    if not _is_json(context):
        return False
    model = context.service
    try:
        operation = model.operation_model(context.request.headers.get("X-Amz-Target", "").rpartition(".")[2])
        document = json.loads(context.request.data or b"{}")
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
