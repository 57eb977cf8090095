"""AWS's protocols `json` and `rest-json`: reads requests and writes responses by a service's model.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html and
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

import json
import re
import struct
import uuid
import zlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape
from werkzeug import Request, Response

from .. import errors
from ..json_values import JsonValues, values_of

__all__ = ["error_response", "operation_of", "read", "response", "target_of"]

_LABEL = re.compile(r"\{(\w+)\+?\}")


def operation_of(model: ServiceModel, request: Request) -> tuple[OperationModel, dict[str, str]]:
    """The operation of a request, and the labels in its path. Raises UnknownOperationException."""
    if model.metadata["protocol"] == "json":
        name = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if name in model.operation_names:
            return model.operation_model(name), {}
        raise errors.failure("UnknownOperationException", f"The operation {name or '?'} is not known")
    path = target_of(request).partition("?")[0]
    for name in model.operation_names:
        operation = model.operation_model(name)
        pattern = _LABEL.sub(r"(?P<\1>[^/]+)", operation.http["requestUri"].partition("?")[0])
        match = re.fullmatch(pattern, path) if operation.http["method"] == request.method else None
        if match:
            return operation, {label: unquote(value) for label, value in match.groupdict().items()}
    raise errors.failure("UnknownOperationException", f"{request.method} {request.path} is not known")


def target_of(request: Request) -> str:
    """Path and query as they were sent: keys of S3 and labels, such as ARNs, may contain escaped slashes."""
    sent: str | None = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    return sent or f"{quote(request.path)}?{request.query_string.decode()}"


def read(operation: OperationModel, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """The members of a request. Raises SerializationException for a body that is not a JSON object."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return {}
    payload = shape.serialization.get("payload")
    found: dict[str, Any] = {}
    if payload is None or shape.members[payload].type_name == "structure":
        inner = shape if payload is None else shape.members[payload]
        body = values_of(operation.service_model).read(inner, _document(request))
        if not isinstance(body, dict):
            raise errors.serialization("Start of structure or map found where not expected.")
        found = body if payload is None else {payload: body}
    else:
        found[payload] = request.get_data()
    for name, member in shape.members.items():
        location, key = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "querystring" and isinstance(member, ListShape):
            if key in request.args:
                found[name] = [_from_text(member.member, text) for text in request.args.getlist(key)]
            continue
        sources: dict[str, Mapping[str, str]] = {"header": request.headers, "uri": labels, "querystring": request.args}
        if location in sources and key in sources[location]:
            found[name] = _from_text(member, sources[location][key])
    return found


def _document(request: Request) -> Any:
    try:
        return json.loads(request.get_data() or b"{}")
    except (ValueError, RecursionError) as error:
        raise errors.serialization(f"the body is not JSON: {error}") from error


def _from_text(shape: Shape, text: str) -> Any:
    if shape.type_name in ("integer", "long"):
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def response(operation: OperationModel, result: Mapping[str, Any]) -> Response:
    """The response with the members of the operation's output shape; others are dropped."""
    shape = operation.output_shape
    found = Response(status=operation.http.get("responseCode", 200))
    _describe(found, operation.service_model)
    if not isinstance(shape, StructureShape):
        found.set_data(b"{}")
        return found
    payload = shape.serialization.get("payload")
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header" and result.get(name) is not None:
            found.headers[member.serialization.get("name", name)] = str(result[name])
    if payload and shape.members[payload].serialization.get("eventstream"):
        found.headers["Content-Type"] = "application/vnd.amazon.eventstream"
        found.set_data(_events(shape.members[payload], result.get(payload) or ()))
    elif payload:
        found.set_data(result.get(payload) or b"")
    else:
        found.set_data(json.dumps(values_of(operation.service_model).write(shape, _body(shape, result))))
    return found


def _body(shape: StructureShape, result: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a result that are not in headers."""
    return {
        name: value
        for name, value in result.items()
        if name in shape.members and "location" not in shape.members[name].serialization
    }


def _events(stream: Shape, events: Iterable[Mapping[str, Any]]) -> bytes:
    values = JsonValues()
    return b"".join(_event(values, stream, one) for one in events)


def _event(values: JsonValues, stream: Shape, event: Mapping[str, Any]) -> bytes:
    """A message of an event stream: https://smithy.io/2.0/aws/amazon-eventstream.html."""
    [(name, members)] = event.items()
    raw = [one for one, shape in stream.members[name].members.items() if shape.serialization.get("eventpayload")]
    body: bytes = members[raw[0]] if raw else json.dumps(values.write(stream.members[name], members)).encode()
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in {
            ":message-type": "event",
            ":event-type": name,
            ":content-type": "application/octet-stream" if raw else "application/json",
        }.items()
    )
    # 12 bytes of lengths and their checksum before the headers, and a checksum at the end
    prelude = struct.pack(">II", len(headers) + len(body) + 16, len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def error_response(model: ServiceModel, error: errors.ServiceFailure) -> Response:
    """The response of an error, with the members of its shape if the model has one."""
    found = Response(status=error.status_code)
    _describe(found, model)
    found.headers["X-Amzn-Errortype"] = error.code
    document: dict[str, Any] = {"__type": error.code}
    shape = next((one for one in model.error_shapes if one.name == error.code), None)
    for name in shape.members if shape else ():
        value = error.message if name.lower() == "message" else getattr(error, name, None)
        if value is not None:
            document[name] = value
    if not {"message", "Message"} & document.keys():
        document["message"] = error.message
    found.set_data(json.dumps(document))
    return found


def _describe(found: Response, model: ServiceModel) -> None:
    version = model.metadata.get("jsonVersion")
    is_json = model.metadata["protocol"] == "json"
    found.headers["Content-Type"] = f"application/x-amz-json-{version}" if is_json else "application/json"
    found.headers["x-amzn-requestid"] = str(uuid.uuid4())
