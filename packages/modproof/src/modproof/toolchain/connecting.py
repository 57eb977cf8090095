"""HTTP connections that give up soon if the host cannot be reached.

The timeout of :mod:`urllib.request` is for each address of a host, and not for the name resolution.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.request
from typing import Any

__all__ = ["opener"]

CONNECT_SECONDS = 5.0
"""For name resolution, all addresses of the host, and the TLS handshake, together."""
READ_SECONDS = 20.0


class _TooLate(TimeoutError):
    def __init__(self) -> None:
        super().__init__(f"no connection within {CONNECT_SECONDS:g} seconds")


def _addresses(host: str, port: int, seconds: float) -> list[Any]:
    """The addresses of a host. The resolver has no timeout, so that it runs in a thread that may be left behind."""
    found: list[Any] = []
    errors: list[OSError] = []

    def resolve() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except OSError as error:
            errors.append(error)
        except UnicodeError as error:  # the host is not a valid name
            errors.append(OSError(f"{host}: {error}"))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not found:
        raise _TooLate
    return found


def _connect(address: tuple[str, int], deadline: float) -> socket.socket:
    """Connect to the first address that answers before ``deadline``; no address may use up the time of the others."""
    host, port = address
    addresses = _addresses(host, port, deadline - time.monotonic())
    last: OSError = _TooLate()
    for index, (family, kind, protocol, _, where) in enumerate(addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(left / (len(addresses) - index))
        try:
            connection.connect(where)
        except TimeoutError:
            connection.close()
            last = _TooLate()
        except OSError as error:
            connection.close()
            last = error
        else:
            connection.settimeout(max(0.1, deadline - time.monotonic()))
            return connection
    raise last


class _Connecting(http.client.HTTPConnection):
    """Mixed into the two kinds of connection: replaces how they connect."""

    def connect(self) -> None:
        deadline = time.monotonic() + CONNECT_SECONDS
        # the base class calls it for the socket, before a proxy's CONNECT and the TLS handshake
        self._create_connection = lambda address, *_, **__: _connect(address, deadline)
        try:
            super().connect()
        except TimeoutError as error:
            raise _TooLate from error
        self.sock.settimeout(READ_SECONDS)


class _Plain(_Connecting):
    pass


class _Secure(_Connecting, http.client.HTTPSConnection):
    pass


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, request)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Secure, request)


def opener() -> urllib.request.OpenerDirector:
    """Opens http and https URLs, through the proxies of the environment. Raises OSError as urllib does."""
    return urllib.request.build_opener(_PlainHandler, _SecureHandler)
