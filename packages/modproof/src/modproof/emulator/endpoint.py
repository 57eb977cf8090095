"""The emulator's endpoint: validate its URL, check its health and find free ports."""

from __future__ import annotations

import http.client
import ipaddress
import json
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from modproof.core.errors import ConfigurationError, SafetyError

__all__ = ["VARIABLE", "Probe", "free_port", "health", "listens", "normalized", "port_is_free", "probe"]

VARIABLE = "MODPROOF_ENDPOINT_URL"
LOOPBACK = "127.0.0.1"
HEALTH = "/_localstack/health"
"""LocalStack's health address."""
_MOST_BYTES = 1024**2
_OTHER_KIND = "use the address of an emulator, set its health address in [tool.modproof.emulator]"
_AWS = ("amazonaws.", "api.aws", "amazonwebservices.")

# the caller's proxies are not for loopback
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def normalized(url: str) -> str:
    """The validated and normalized URL of an emulator.

    The host name of an ``http`` URL is replaced by its IP address, because for an IP address SDKs put the bucket into
    the path instead of the host name. Raises SafetyError for an AWS endpoint, ConfigurationError for anything that is
    not the URL of a server.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"the endpoint {url!r} is not a URL: {error}", hint=_FORM) from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ConfigurationError(f"the endpoint {url!r} is not the URL of a server", hint=_FORM)
    if any(mark in f"{host}." for mark in _AWS):
        raise SafetyError(
            f"the endpoint {url} is AWS itself", hint="use the URL of an emulator, or omit the endpoint to start one"
        )
    if parts.scheme == "http":
        host = _address(host, url)
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", "", "", ""))


_FORM = "use the form http://127.0.0.1:4566"


def _address(host: str, url: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        # IPv4: LocalStack listens there by default, even if the name resolves to IPv6 first
        return str(socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise ConfigurationError(f"the host of the endpoint {url} cannot be resolved: {error}", hint=_FORM) from error


class Probe(NamedTuple):
    """What a health address answered: ``document``, or the ``reason`` why it is not an emulator, and the remedy."""

    document: dict[str, Any] | None
    reason: str = ""
    remedy: str = ""


def health(url: str, timeout_seconds: float = 2.0, path: str = HEALTH) -> dict[str, Any] | None:
    """The health of the emulator at ``url``, with ``services``; None if there is no such answer.

    LocalStack adds ``version``. Another ``path`` than LocalStack's may answer with anything.
    """
    return probe(url, timeout_seconds, path).document


def probe(url: str, timeout_seconds: float = 2.0, path: str = HEALTH) -> Probe:
    """As :func:`health`, with the reason if there is no such answer. It ends within ``timeout_seconds``."""
    answers: queue.SimpleQueue[Probe] = queue.SimpleQueue()

    def ask() -> None:
        answers.put(_asked(url, timeout_seconds, path))

    # the timeout of urllib is that of a single read: a server that sends a byte now and then would never end it
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=timeout_seconds)
    except queue.Empty:
        return _silent(timeout_seconds)


def _asked(url: str, timeout_seconds: float, path: str) -> Probe:
    try:
        with _direct.open(f"{url}{path}", timeout=timeout_seconds) as response:
            text = response.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        return Probe(None, f"the answer has the HTTP status {error.code}", _OTHER_KIND)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _failed(error, timeout_seconds)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("services"), dict):
        return Probe(answer)
    if path == HEALTH:
        return Probe(None, "the answer is not LocalStack's health document", _OTHER_KIND)
    return Probe({"services": {}})


def _failed(error: Exception, timeout_seconds: float) -> Probe:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return _silent(timeout_seconds)
    if isinstance(cause, ssl.SSLError):
        return Probe(None, f"{cause.reason or cause}", "use http:// if the emulator has no TLS")
    if isinstance(cause, http.client.HTTPException | ValueError | ConnectionResetError):
        return Probe(None, "the answer is not HTTP", "use the address of an emulator")
    if isinstance(cause, OSError):
        return Probe(None, cause.strerror or str(cause), "start it")
    return Probe(None, str(cause), "start it")


def _silent(timeout_seconds: float) -> Probe:
    return Probe(None, f"no complete answer within {timeout_seconds:g} seconds", "see its log, restart it")


def set_enforcement(url: str, account: str, *, enabled: bool, timeout_seconds: float = 10.0) -> bool:
    """Set whether roles decide in an account; False if the server at ``url`` has no such setting.

    Raises OSError, of which urllib's errors are kinds, if it does not answer.
    """
    request = urllib.request.Request(  # noqa: S310
        f"{url}/_localstack/sagemaker/enforcement",
        json.dumps({"account": account, "enabled": enabled}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    try:
        with _direct.open(request, timeout=timeout_seconds):
            return True
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return False
        raise


def listens(url: str) -> bool:
    """Whether the server at ``url`` accepts a connection, or at least does not refuse it."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname, port), timeout=2.0):
            return True
    except TimeoutError:
        return True
    except OSError:
        return False


def free_port() -> int:
    """A loopback port that is currently free; another program may still take it."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server can listen on the loopback ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
