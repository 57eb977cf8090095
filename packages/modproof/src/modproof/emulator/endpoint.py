"""Where the emulator answers: an address that is safe to send AWS calls to, and whether somebody is there."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from modproof.core.errors import ConfigurationError, SafetyError

__all__ = ["VARIABLE", "checked", "free_port", "health", "listens", "port_is_free"]

VARIABLE = "MODPROOF_ENDPOINT_URL"
LOOPBACK = "127.0.0.1"
_AWS = ("amazonaws.", "api.aws", "amazonwebservices.")

# the caller's proxy settings are about the outside world
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def checked(url: str) -> str:
    """The address that a user named, in the form that every AWS SDK takes for an emulator's.

    SDKs put the bucket into the path, and not before the host's name, when the host is an IP address: so a plain
    HTTP host name is replaced by its address. Raises SafetyError for an address of AWS, ConfigurationError for
    anything that is no address.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"the endpoint {url!r} is no URL: {error}", hint=_FORM) from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ConfigurationError(f"the endpoint {url!r} is no URL of a server", hint=_FORM)
    if any(mark in f"{host}." for mark in _AWS):
        raise SafetyError(
            f"the endpoint {url} is AWS itself", hint="name an emulator, or leave the endpoint out to start one"
        )
    if parts.scheme == "http":
        host = _address(host, url)
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", "", "", ""))


_FORM = "write it like http://127.0.0.1:4566"


def _address(host: str, url: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        # IPv4: LocalStack listens there by default, whatever a name resolves to first
        return str(socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise ConfigurationError(f"the host of the endpoint {url} is not known: {error}", hint=_FORM) from error


def health(url: str, timeout_seconds: float = 2.0) -> dict[str, Any] | None:
    """What LocalStack at ``url`` says of itself: ``version`` and ``services``; None when nobody answers so."""
    try:
        with _direct.open(f"{url}/_localstack/health", timeout=timeout_seconds) as response:
            answer = json.load(response)
    except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError):
        return None
    return answer if isinstance(answer, dict) and "services" in answer else None


def listens(url: str) -> bool:
    """Whether a connection to the server at ``url`` can be made, or at least is not refused."""
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
    """A port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
