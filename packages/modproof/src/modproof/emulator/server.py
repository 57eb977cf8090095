"""Start LocalStack on loopback only. Usage: ``python server.py PORT READY_FILE CALLS_FILE``.

LocalStack's Python runs this file by its path; it cannot import modproof. It changes three things in LocalStack:

- LocalStack listens on every interface, whatever address is configured. Here it listens on loopback only.
- If its port is taken, LocalStack continues and reports itself ready. Here it ends with ``PORT_TAKEN``, and writes the
  ready file only once it listens on the port.
- LocalStack takes two seconds to save state that is never read. Here SIGTERM ends it at once.

Each AWS call is appended to CALLS_FILE before LocalStack answers it: a JSON object per line, with the names and ARNs in
the request and without its other values, which may be secret.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import runpy
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["PORT_TAKEN", "main"]

LOOPBACK = "127.0.0.1"
PORT_TAKEN = 98
"""The exit code if another program listens on the port: Linux's number for EADDRINUSE."""
_IDENTIFIER = re.compile(r"(?:arn|name|id|bucket|identifier|path|prefix)$|^(?:key|resources|rule)$", re.IGNORECASE)
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:\S*")
_LONGEST = 2048
"""The longest ARN in characters, in AWS's service models."""


def _listen_on_loopback(ready: Path) -> None:
    endpoints: Any = importlib.import_module("twisted.internet.endpoints")
    anywhere: Any = endpoints.TCP4ServerEndpoint

    def give_up(failure: Any) -> None:
        print(f"cannot listen: {failure.getErrorMessage()}", file=sys.stderr, flush=True)  # noqa: T201
        # sys.exit would only end the thread that runs the reactor's callbacks
        os._exit(PORT_TAKEN)

    class LoopbackEndpoint(anywhere):  # type: ignore[misc]
        def __init__(self, reactor: Any, port: int, backlog: int = 1024) -> None:
            super().__init__(reactor, port, backlog=backlog, interface=LOOPBACK)

        def listen(self, factory: Any) -> Any:
            listening = super().listen(factory)
            listening.addCallbacks(lambda _: ready.touch(), give_up)
            return listening

    endpoints.TCP4ServerEndpoint = LoopbackEndpoint


def _exit_on_sigterm() -> None:
    reactor: Any = importlib.import_module("twisted.internet.reactor")
    # the reactor runs in the main thread, as signal handlers require, and after LocalStack sets its own handlers
    reactor.callWhenRunning(signal.signal, signal.SIGTERM, lambda *_: os._exit(0))


class _CallFile(logging.FileHandler):
    """Writes the calls that LocalStack logs. Source: ``localstack/aws/handlers/logging.py`` of LocalStack."""

    def emit(self, record: logging.LogRecord) -> None:
        if not isinstance(record.args, tuple) or len(record.args) < 3:
            return
        details = vars(record)
        # LocalStack adds the members of S3 that a request does not have, with None
        members = {name: value for name, value in (details.get("input") or {}).items() if value is not None}
        headers = {name.lower(): value for name, value in (details.get("request_headers") or {}).items()}
        call = {
            "account": details.get("account_id"),
            "region": details.get("region"),
            "service": record.args[0],
            "operation": record.args[1],
            "agent": headers.get("user-agent", ""),
            "invocation": headers.get("amz-sdk-invocation-id", ""),
            "members": sorted(_names(members)),
            "identifiers": {
                name: value
                for name, value in ((name, _only(value)) for name, value in members.items())
                if _IDENTIFIER.search(name) and _is_short(value)
            },
            "arns": sorted(set(_arns(members))),
        }
        self.acquire()
        try:
            if self.stream is not None:
                self.stream.write(json.dumps(call) + "\n")
                self.stream.flush()
        finally:
            self.release()


def _names(members: Mapping[str, object]) -> Iterator[str]:
    """The members of a request and, as ``Member.Part``, those directly in them."""
    for name, value in members.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{part}" for part, given in value.items() if given is not None)


def _only(value: object) -> object:
    """The element of a list that has one: EC2 tags the resource in a list."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _arns(value: object) -> Iterator[str]:
    """Each text in ``value`` that is an ARN."""
    if isinstance(value, str):
        if len(value) <= _LONGEST and _ARN.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _arns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _arns(inner)


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM. ``arguments`` are the port, the ready file and the file of calls."""
    port, ready, calls = arguments
    logging.getLogger("localstack.request.aws").addHandler(_CallFile(calls, encoding="utf-8"))
    os.environ["GATEWAY_LISTEN"] = os.environ["LOCALSTACK_HOST"] = f"{LOOPBACK}:{port}"
    _listen_on_loopback(Path(ready))
    _exit_on_sigterm()
    sys.argv = ["localstack.runtime.main"]
    runpy.run_module("localstack.runtime.main", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
