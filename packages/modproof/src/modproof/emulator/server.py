"""The program that the emulator's own Python runs: LocalStack, on loopback only, and gone when told to go.

It is started by its path, with nothing of modproof importable. Usage: ``python server.py PORT READY_FILE``.
What LocalStack 4.7.0 does not do by itself:

- It listens on every interface whatever address it is given, so the network could reach it.
- When its port is taken it goes on and calls itself ready, because somebody answers there. Here it ends with
  ``PORT_TAKEN``, and the ready file is written only once the port is really its own.
- It takes two seconds to put away state that nobody will read. Here SIGTERM ends it at once.
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
"""The exit code for a port that somebody else has: Linux's number for EADDRINUSE."""


def _listen_on_loopback(ready: Path) -> None:
    endpoints: Any = importlib.import_module("twisted.internet.endpoints")
    anywhere: Any = endpoints.TCP4ServerEndpoint

    def give_up(failure: Any) -> None:
        print(f"cannot listen: {failure.getErrorMessage()}", file=sys.stderr, flush=True)  # noqa: T201
        # not sys.exit: it would only end the thread that runs the reactor's callbacks
        os._exit(PORT_TAKEN)

    class LoopbackEndpoint(anywhere):  # type: ignore[misc]
        def __init__(self, reactor: Any, port: int, backlog: int = 1024) -> None:
            super().__init__(reactor, port, backlog=backlog, interface=LOOPBACK)

        def listen(self, factory: Any) -> Any:
            listening = super().listen(factory)
            listening.addCallbacks(lambda _: ready.touch(), give_up)
            return listening

    endpoints.TCP4ServerEndpoint = LoopbackEndpoint


def _end_at_once_when_told() -> None:
    reactor: Any = importlib.import_module("twisted.internet.reactor")
    # after LocalStack has set its own handlers: the reactor runs in the main thread, where handlers may be set
    reactor.callWhenRunning(signal.signal, signal.SIGTERM, lambda *_: os._exit(0))


def main(arguments: list[str]) -> None:
    """Serve until ended. ``arguments`` are the port and the file that says that the port is ours."""
    port, ready = arguments
    os.environ["GATEWAY_LISTEN"] = os.environ["LOCALSTACK_HOST"] = f"{LOOPBACK}:{port}"
    _listen_on_loopback(Path(ready))
    _end_at_once_when_told()
    sys.argv = ["localstack.runtime.main"]
    runpy.run_module("localstack.runtime.main", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
