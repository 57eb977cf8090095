"""Start LocalStack on loopback only. Usage: ``python server.py PORT READY_FILE``.

LocalStack's Python runs this file by its path; it cannot import modproof. It changes three things in LocalStack 4.7.0:

- LocalStack listens on every interface, whatever address is configured. Here it listens on loopback only.
- If its port is taken, LocalStack continues and reports itself ready. Here it ends with ``PORT_TAKEN``, and writes the
  ready file only once it listens on the port.
- LocalStack takes two seconds to save state that is never read. Here SIGTERM ends it at once.
"""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

__all__ = ["PORT_TAKEN", "main"]

LOOPBACK = "127.0.0.1"
PORT_TAKEN = 98
"""The exit code if another program listens on the port: Linux's number for EADDRINUSE."""


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


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM. ``arguments`` are the port and the ready file."""
    port, ready = arguments
    os.environ["GATEWAY_LISTEN"] = os.environ["LOCALSTACK_HOST"] = f"{LOOPBACK}:{port}"
    _listen_on_loopback(Path(ready))
    _exit_on_sigterm()
    sys.argv = ["localstack.runtime.main"]
    runpy.run_module("localstack.runtime.main", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
