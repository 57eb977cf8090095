"""Protocols of current SDKs that LocalStack's models do not have.

Current SDKs call CloudWatch with AWS JSON or RPC v2 CBOR; LocalStack 4.7 has only its query protocol. The SDK for Go
also sends calls of other services as CBOR, where LocalStack has only JSON. A request in CBOR is translated to JSON, and
its response to CBOR.

Sources: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html,
https://smithy.io/2.0/aws/protocols/aws-json.html, and https://smithy.io/2.0/aws/protocols/aws-query-protocol.html for
the errors of a service that had the query protocol before.
"""

from __future__ import annotations

import base64
import functools
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import cbor2
from botocore.model import ServiceModel, Shape
from botocore.utils import parse_timestamp
from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import run_custom_response_handlers
from localstack.aws.handlers.service import ServiceNameParser
from localstack.aws.protocol.service_router import determine_aws_service_model
from localstack.aws.spec import load_service, loader
from localstack.http import Request, Response
from localstack.utils.patch import patch

__all__ = ["install", "to_cbor", "to_json"]

_CLOUDWATCH = "GraniteServiceVersion20100801"
_CBOR = "smithy-rpc-v2-cbor"
_IS_CBOR = "localstack_sagemaker_cbor"
_HAD_QUERY = "localstack_sagemaker_had_query"
_EPOCH_TIME = 1
"""The tag of a timestamp in CBOR."""


def install() -> None:
    """Add the protocols, except those that LocalStack has."""

    @patch(ServiceNameParser.__call__)
    def parse(fn: Any, self: Any, chain: HandlerChain, context: RequestContext, response: Response) -> Any:
        request = context.request
        if request.headers.get("Smithy-Protocol") == "rpc-v2-cbor" and not context.service:
            _read_cbor(chain, context)
        if chain.stopped:
            return None
        if request.headers.get("X-Amz-Target", "").startswith(f"{_CLOUDWATCH}.") and _cloudwatch_has_query_only():
            context.service = _cloudwatch_with_json()
            setattr(context, _HAD_QUERY, True)
        return fn(self, chain, context, response)

    run_custom_response_handlers.append(_add_query_error)
    run_custom_response_handlers.append(_write_cbor)


@functools.cache
def _cloudwatch_has_query_only() -> bool:
    return "json" not in (load_service("cloudwatch").metadata.get("protocols") or ())


@functools.cache
def _cloudwatch_with_json() -> ServiceModel:
    described = loader.load_service_model("cloudwatch", "service-2")
    json_protocol = {"protocol": "json", "jsonVersion": "1.0", "targetPrefix": _CLOUDWATCH}
    return ServiceModel({**described, "metadata": {**described["metadata"], **json_protocol}}, "cloudwatch")


def _read_cbor(chain: HandlerChain, context: RequestContext) -> None:
    """Translate the request to JSON; a body that is not CBOR gets AWS's error, because LocalStack returns a 500."""
    request = context.request
    _, _, path = request.path.rpartition("/service/")
    service, _, operation = path.partition("/operation/")
    request.headers["X-Amz-Target"] = f"{service}.{operation}"
    model = determine_aws_service_model(request)
    if model is None or _CBOR in (model.metadata.get("protocols") or ()):
        # LocalStack refuses requests with both headers
        del request.headers["X-Amz-Target"]
        return
    setattr(context, _IS_CBOR, True)
    body = request.get_data(cache=False)
    try:
        document = json.dumps(cbor2.loads(body) if body else {}, default=to_json)
    except (cbor2.CBORError, TypeError, ValueError) as error:
        message = f"the body is not CBOR: {error}"
        chain.respond(400, {"__type": "SerializationException", "message": message})
        return
    _replace(request, document.encode())


def _replace(request: Request, body: bytes) -> None:
    request.stream = io.BytesIO(body)
    request.path = "/"
    request.headers["Content-Length"] = str(len(body))
    request.headers["Content-Type"] = "application/x-amz-json-1.0"
    request.headers.pop("Accept", None)


def to_json(value: object) -> object:
    """A value that CBOR has and JSON does not, as AWS JSON has it. Raises TypeError for one that AWS does not send."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} in CBOR")


def _add_query_error(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    error = context.service_exception
    if error is None or not context.get(_HAD_QUERY) or not response.is_json:
        return
    code, fault = getattr(error, "code", "InternalFailure"), getattr(error, "sender_fault", False)
    response.headers["x-amzn-query-error"] = f"{code};{'Sender' if fault else 'Receiver'}"
    if code != type(error).__name__ and type(error).__name__ in context.service.shape_names:
        response.set_json({**response.get_json(), "__type": type(error).__name__})


def _write_cbor(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if not context.get(_IS_CBOR):
        return
    body = response.get_json(force=True, silent=True) or {}
    shape = context.operation.output_shape if context.operation and response.status_code < 400 else None
    response.set_response(cbor2.dumps(to_cbor(body, shape)))
    response.headers["Content-Type"] = "application/cbor"
    response.headers["Smithy-Protocol"] = "rpc-v2-cbor"


def to_cbor(value: Any, shape: Shape | None) -> Any:
    """A value of a response in AWS JSON as CBOR has it: timestamps are tagged, blobs are bytes.

    ``shape`` is the shape of the value; None leaves it unchanged.
    """
    if shape is None or value is None:
        return value
    if shape.type_name == "timestamp":
        return cbor2.CBORTag(_EPOCH_TIME, parse_timestamp(value).timestamp())
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if shape.type_name == "list":
        return [to_cbor(one, shape.member) for one in value]
    if shape.type_name == "map":
        return {name: to_cbor(one, shape.value) for name, one in value.items()}
    if isinstance(value, Mapping) and shape.type_name == "structure":
        return {name: to_cbor(one, shape.members.get(name)) for name, one in value.items()}
    return value
