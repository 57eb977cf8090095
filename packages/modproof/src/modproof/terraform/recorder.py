"""The AWS endpoint of a plan: it answers what is the same in every account, refuses every other call and records it.

The provider itself calls STS for the account when it is configured.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from modproof.terraform.plain_answers import plain_answer

__all__ = ["REFUSAL", "Recorder", "recording"]

REFUSAL = "a plan may not call AWS: make it an input of the module"
"""The message of every refused call in all protocols; the provider's error contains it."""
_CODE = "AccessDeniedException"
_JSON_REFUSAL = json.dumps({"__type": _CODE, "message": REFUSAL})
# each XML protocol reads the error elsewhere: S3 at the top, Query in Error, EC2 in Errors/Error
_XML_ERROR = f"<Code>{_CODE}</Code><Message>{REFUSAL}</Message>"
_XML_REFUSAL = f"<Error>{_XML_ERROR}<Error>{_XML_ERROR}</Error><Errors><Error>{_XML_ERROR}</Error></Errors></Error>"
_REST_XML_SERVICES = ("s3", "route53", "cloudfront")


class Recorder:
    """``endpoint_url`` is for the plan; ``aws_calls`` are the refused calls, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._aws_calls: list[str] = []
        self.endpoint_url = ""

    def note(self, call: str) -> None:
        with self._lock:
            self._aws_calls.append(call)

    @property
    def aws_calls(self) -> list[str]:
        """Each refused call once, as ``service.Operation`` or ``service METHOD /path``."""
        with self._lock:
            return list(dict.fromkeys(self._aws_calls))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a provider may close a connection at any time
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _scope(handler: BaseHTTPRequestHandler) -> tuple[str, str]:
    """The region and the service that a request is signed for."""
    scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", handler.headers.get("Authorization", ""))
    return (scope[1], scope[2]) if scope else ("unknown", "unknown")


def _region(handler: BaseHTTPRequestHandler) -> str:
    return _scope(handler)[0]


def _service(handler: BaseHTTPRequestHandler) -> str:
    return _scope(handler)[1]


def _operation(handler: BaseHTTPRequestHandler, body: str) -> str:
    """The operation of a request; empty in the REST protocols, where method and path define it."""
    target: str = handler.headers.get("X-Amz-Target", "")
    return target.rpartition(".")[2] or parse_qs(body).get("Action", [""])[0]


def _name_call(handler: BaseHTTPRequestHandler, body: str) -> str:
    service, operation = _service(handler), _operation(handler, body)
    return f"{service}.{operation}" if operation else f"{service} {handler.command} {handler.path.partition('?')[0]}"


def _reads_xml(handler: BaseHTTPRequestHandler, body: str) -> bool:
    """Whether the caller expects XML: the Query and EC2 protocols, and REST services with XML."""
    return "Action=" in body or _service(handler) in _REST_XML_SERVICES


@contextlib.contextmanager
def recording() -> Iterator[Recorder]:
    """Serve on a free loopback port until the context ends."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            call = _name_call(self, body)
            answer = plain_answer(call, _region(self), dict(parse_qsl(body)))
            if answer is not None:
                self._send(200, answer, "text/xml")
                return
            recorder.note(call)
            if _reads_xml(self, body):
                self._send(403, _XML_REFUSAL, "text/xml")
            else:
                self._send(403, _JSON_REFUSAL, "application/x-amz-json-1.1")

        def _send(self, status: int, text: str, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
            del format, args

    server = _Server(("127.0.0.1", 0), Handler)
    recorder.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
