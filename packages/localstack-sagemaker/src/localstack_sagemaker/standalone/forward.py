"""Passes requests for other services on to the emulator that has them."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from werkzeug import Request, Response

from .. import errors
from .protocol import target_of

__all__ = ["forward"]

_TIMEOUT_SECONDS = 120.0
# https://www.rfc-editor.org/rfc/rfc9110.html#section-7.6.1
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


def forward(address: str, request: Request) -> Response:
    """The response of the server at `address`, or an error that SDKs do not retry if there is none or it is not HTTP.

    The `Host` stays: addresses in responses, such as those of queues, then lead back here.
    """
    parts = urlsplit(address)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.netloc, timeout=_TIMEOUT_SECONDS)
    body = request.get_data()
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
    headers["Content-Length"] = str(len(body))
    try:
        connection.request(request.method, target_of(request), body, headers)
        received = connection.getresponse()
        content = received.read()
    except (OSError, http.client.HTTPException) as error:
        return _refused(request, errors.unreachable(address, error))
    finally:
        connection.close()
    found = Response(content, received.status)
    found.headers.clear()
    for name, value in received.getheaders():
        if name.lower() not in _HOP_BY_HOP:
            found.headers.add(name, value)
    # without a body, such as that of HEAD, the length is that of the server's header
    if content or "Content-Length" not in found.headers:
        found.headers["Content-Length"] = str(len(content))
    return found


def _refused(request: Request, error: errors.ServiceFailure) -> Response:
    """An error in the request's protocol: JSON, or XML as for the others."""
    if "json" in request.headers.get("Content-Type", ""):
        document = json.dumps({"__type": error.code, "message": error.message})
        return Response(document, error.status_code, {"Content-Type": "application/x-amz-json-1.1"})
    code, message = escape(error.code), escape(error.message)
    # the element that is read is Error, in a body of S3's and of the query protocol's form
    text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Response(text, error.status_code, {"Content-Type": "text/xml"})
