"""Makes LocalStack's web server, Twisted, do less for AWS JSON requests to this plug-in's services.

- Twisted parses the type of each body as that of an e-mail, in case the body is a form.
- A response takes two turns of the reactor, with a thread that waits for the first, so that streams work. The body of a
  response in AWS JSON is complete, and is sent with its headers.
"""

from __future__ import annotations

from typing import Any

from localstack import config
from rolo.serving import twisted as server
from twisted.web.server import NOT_DONE_YET

from .json_protocol import provided

__all__ = ["install"]

_JSON = b"application/x-amz-json-1."


class _WholeResponse(server.HeaderPreservingWSGIResponse):
    """Sends headers and body in one turn of the reactor."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._body: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep a part of the body. Called in the thread of the request."""
        self._body.append(data)

    def _sendResponseHeaders(self) -> None:  # noqa: N802
        # Twisted calls it at the end of the request, in the reactor's thread
        super()._sendResponseHeaders()
        self.request.write(b"".join(self._body))


def install() -> None:
    """Handle the requests to the services that are provided by this plug-in."""
    if config.GATEWAY_SERVER != "twisted":
        return
    prefixes = tuple(f"{prefix}.".encode() for prefix in provided().values())
    render, receive = server.HeaderPreservingWSGIResource.render, server.TwistedRequestAdapter.requestReceived

    def is_ours(request: Any, method: bytes) -> bool:
        get = request.requestHeaders.getRawHeaders
        target, kind = get(b"X-Amz-Target"), get(b"Content-Type")
        if method != b"POST" or not target or not kind:
            return False
        return target[0].startswith(prefixes) and kind[0].startswith(_JSON)

    def render_whole(self: Any, request: Any) -> Any:
        if not is_ours(request, request.method):
            return render(self, request)
        _WholeResponse(self._reactor, self._threadpool, self._application, request).start()
        return NOT_DONE_YET

    def receive_json(self: Any, command: bytes, path: bytes, version: bytes) -> None:
        if is_ours(self, command):
            self._parsePOSTFormSubmission = False
        receive(self, command, path, version)

    server.HeaderPreservingWSGIResource.render = render_whole
    server.TwistedRequestAdapter.requestReceived = receive_json
