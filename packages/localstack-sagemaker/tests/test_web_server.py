"""Requests in AWS JSON get through the web server as they would without the plug-in."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from emulated.account import Account

SECONDS = 60.0


def _request(account: Account, operation: str, body: bytes, version: str = "1.1", **more: str) -> bytes:
    scope = f"{account.number}/20260131/{account.region}/sagemaker/aws4_request"
    headers = {
        "Host": urlsplit(account.url).netloc,
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"SageMaker.{operation}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    lines = [f"POST / HTTP/{version}", *(f"{name}: {value}" for name, value in headers.items() if value), "", ""]
    return "\r\n".join(lines).encode() + body


def _connection(account: Account) -> socket.socket:
    place = urlsplit(account.url)
    return socket.create_connection((place.hostname, place.port), timeout=SECONDS)


def _response(connection: socket.socket) -> tuple[int, Any, bool]:
    """Status and document of the next response, and whether the server closes the connection after it."""
    found = http.client.HTTPResponse(connection, method="POST")
    found.begin()
    return found.status, json.loads(found.read()), found.will_close


@pytest.fixture
def connection(account: Account) -> Iterator[socket.socket]:
    """A connection to the server."""
    with closing(_connection(account)) as found:
        yield found


@pytest.mark.parametrize(
    ("version", "more", "closed"),
    [
        ("1.1", {}, False),
        ("1.1", {"Connection": "close"}, True),
        ("1.0", {}, True),
        ("1.0", {"Host": ""}, True),
    ],
)
def test_connection_is_kept_unless_the_client_closes_it(
    account: Account, connection: socket.socket, version: str, more: dict[str, str], closed: bool
) -> None:
    connection.sendall(_request(account, "ListModels", b"{}", version, **more))
    assert _response(connection) == (200, {"Models": []}, closed)
    if closed:
        assert connection.recv(1) == b""


def test_requests_sent_at_once_are_responded_to_in_order(account: Account, connection: socket.socket) -> None:
    names = [f"model-{number}" for number in range(8)]
    bodies = [json.dumps({"ModelName": name}).encode() for name in names]
    connection.sendall(b"".join(_request(account, "DescribeModel", body) for body in bodies))
    raw = b""
    while raw.count(b"Could not find") < len(names):
        received = connection.recv(65536)
        assert received, raw
        raw += received
    assert re.findall(r"model-\d(?=\W)", raw.decode()) == names


def test_client_is_asked_for_the_body(account: Account, connection: socket.socket) -> None:
    connection.sendall(_request(account, "ListModels", b"", Expect="100-continue", Content_Length="2"))
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(b"{}")
    assert _response(connection)[:2] == (200, {"Models": []})


@pytest.mark.parametrize("length", [200_000, 3_000_000])
def test_large_body_is_read(account: Account, connection: socket.socket, length: int) -> None:
    connection.sendall(_request(account, "ListModels", json.dumps({"Unknown": "x" * length, "MaxResults": 0}).encode()))
    status, document, _ = _response(connection)
    assert (status, document["__type"]) == (400, "ValidationException")


def test_body_in_chunks_is_read(account: Account, connection: socket.socket) -> None:
    head = _request(account, "ListModels", b"", Content_Length="", Transfer_Encoding="chunked")
    connection.sendall(head + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
    assert _response(connection)[:2] == (200, {"Models": []})


def test_server_goes_on_after_clients_that_leave(account: Account, connection: socket.socket) -> None:
    for end in (None, -2, -1):
        for _ in range(5):
            with closing(_connection(account)) as leaving:
                leaving.sendall(_request(account, "ListModels", b"{}")[:end])
    connection.sendall(_request(account, "ListModels", b"{}"))
    assert _response(connection)[:2] == (200, {"Models": []})
