"""The AWS endpoint of a plan: answers who the caller is, and remembers every other call as a fault.

A plan of a module that takes account ids, zones and the like as inputs needs AWS for nothing; the provider itself
asks STS for the account when it is configured.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from modproof.core.environment import NO_ACCOUNT

__all__ = ["REFUSAL", "Recorder", "recording"]

_IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{NO_ACCOUNT}:user/plan</Arn><UserId>PLAN</UserId><Account>{NO_ACCOUNT}</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>plan</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
REFUSAL = "a plan may not ask AWS: make it an input of the module"
"""What every refused call is told, in all protocols; it comes back in the provider's error."""
_REFUSAL = f'{{"__type":"AccessDeniedException","message":"{REFUSAL}"}}'


class Recorder:
    """``endpoint_url`` for the plan; ``calls`` names what was asked besides the caller's identity, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[str] = []
        self.endpoint_url = ""

    def note(self, call: str) -> None:
        with self._lock:
            self._calls.append(call)

    @property
    def calls(self) -> list[str]:
        """Each call once, as ``service.Operation`` or ``service METHOD /path``."""
        with self._lock:
            return list(dict.fromkeys(self._calls))


def _name_call(handler: BaseHTTPRequestHandler, body: str) -> str:
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", handler.headers.get("Authorization", ""))
    service = scope[1] if scope else "unknown"
    target = handler.headers.get("X-Amz-Target", "")
    action = target.rpartition(".")[2] or parse_qs(body).get("Action", [""])[0]
    return f"{service}.{action}" if action else f"{service} {handler.command} {handler.path.partition('?')[0]}"


@contextlib.contextmanager
def recording() -> Iterator[Recorder]:
    """Serve on a free loopback port until the context ends."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            call = _name_call(self, body)
            identity = call == "sts.GetCallerIdentity"
            if not identity:
                recorder.note(call)
            answer = (_IDENTITY if identity else _REFUSAL).encode()
            self.send_response(200 if identity else 403)
            self.send_header("Content-Type", "text/xml" if identity else "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorder.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
