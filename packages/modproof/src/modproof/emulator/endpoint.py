"""The emulator's endpoint: validate its URL, check its health and find free ports."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from modproof.core.errors import ConfigurationError, SafetyError

__all__ = ["VARIABLE", "free_port", "health", "listens", "normalized", "port_is_free"]

VARIABLE = "MODPROOF_ENDPOINT_URL"
LOOPBACK = "127.0.0.1"
HEALTH = "/_localstack/health"
"""LocalStack's health address."""
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


def health(url: str, timeout_seconds: float = 2.0, path: str = HEALTH) -> dict[str, Any] | None:
    """The health of the emulator at ``url``, with ``services``; None if there is no such answer.

    LocalStack adds ``version``. Another ``path`` than LocalStack's may answer with anything.
    """
    try:
        with _direct.open(f"{url}{path}", timeout=timeout_seconds) as response:
            text = response.read()
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return None
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("services"), dict):
        return answer
    return None if path == HEALTH else {"services": {}}


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
