"""Passes requests for other services on to the emulator that has them."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from werkzeug import Request, Response

from .protocol import target_of

__all__ = ["forward"]

_TIMEOUT_SECONDS = 120.0
# https://www.rfc-editor.org/rfc/rfc9110.html#section-7.6.1
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


def forward(address: str, request: Request) -> Response:
    """The response of the server at `address`, or a 502 if there is none or it is not HTTP.

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
        return Response(f"{address} does not answer: {type(error).__name__}: {error}\n", 502)
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
