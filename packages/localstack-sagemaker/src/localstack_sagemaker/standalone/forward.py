"""Passes requests for other services on to the emulator that has them."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from werkzeug import Request, Response

__all__ = ["forward"]

_TIMEOUT_SECONDS = 120.0
# https://www.rfc-editor.org/rfc/rfc9110.html#section-7.6.1
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


def forward(address: str, request: Request) -> Response:
    """The response of the server at `address`, or a 502 if it does not answer.

    The `Host` stays: addresses in responses, such as those of queues, then lead back here.
    """
    parts = urlsplit(address)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.netloc, timeout=_TIMEOUT_SECONDS)
    body = request.get_data()
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
    headers["Content-Length"] = str(len(body))
    # the path as it was sent: keys of S3 may contain escaped slashes
    path = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
    try:
        connection.request(request.method, path, body, headers)
        received = connection.getresponse()
        content = received.read()
    except OSError as error:
        return Response(f"{address} does not answer: {error}\n", 502)
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
