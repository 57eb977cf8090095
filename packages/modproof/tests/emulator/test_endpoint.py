from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from modproof.core.errors import ConfigurationError, SafetyError
from modproof.emulator import endpoint


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:4566/", "http://127.0.0.1:4566"),
        ("127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://localhost:4566", "http://127.0.0.1:4566"),
        ("http://[::1]:4566", "http://[::1]:4566"),
        ("https://localstack.example:4566", "https://localstack.example:4566"),
        ("http://10.0.0.5", "http://10.0.0.5"),
    ],
)
def test_emulator_url_is_normalized_to_an_ip_address(given: str, used: str) -> None:
    assert endpoint.normalized(given) == used


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.eu-west-1.amazonaws.com",
        "https://sts.amazonaws.com:443",
        "https://s3.cn-north-1.amazonaws.com.cn",
        "https://S3.AMAZONAWS.COM",
        "https://s3.dualstack.eu-west-1.api.aws",
        "https://sts.amazonaws.com.",
    ],
)
def test_aws_endpoint_is_refused(url: str) -> None:
    with pytest.raises(SafetyError, match="is AWS itself"):
        endpoint.normalized(url)


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://127.0.0.1/path", "http://no.such.host.invalid"],
)
def test_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        endpoint.normalized(url)


def test_port_is_free_only_if_no_server_listens_on_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not endpoint.port_is_free(port)
        assert endpoint.listens(f"http://127.0.0.1:{port}")
    assert endpoint.port_is_free(port)
    assert not endpoint.listens(f"http://127.0.0.1:{port}")


def test_health_without_a_server_is_none() -> None:
    assert endpoint.health(f"http://127.0.0.1:{endpoint.free_port()}") is None


def _said(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


def _drips(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)


SILENT = "no complete answer within 0.5 seconds"
ANSWERS: dict[str, tuple[Callable[[socket.socket], None], str, str]] = {
    "nothing": (lambda connection: connection.recv(1), SILENT, "see its log"),
    "a byte now and then": (_drips, SILENT, "see its log"),
    "another protocol": (_said(b"SSH-2.0-OpenSSH\r\n"), "the answer is not HTTP", "use the address of an emulator"),
    "an error": (
        _said(b"HTTP/1.1 404 Not Found\r\n\r\n"),
        "the answer has the HTTP status 404",
        "set its health address",
    ),
    "another document": (
        _said(b"HTTP/1.1 200 OK\r\n\r\nok"),
        "the answer is not LocalStack's health document",
        "set its health address",
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_reason_of_a_server_that_is_no_emulator_is_found_in_time(kind: str) -> None:
    answer, reason, remedy = ANSWERS[kind]

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1024)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        began = time.monotonic()
        found = endpoint.probe(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_seconds=0.5)
        assert time.monotonic() - began < 5
    assert (found.document, found.reason) == (None, reason)
    assert remedy in found.remedy


def test_reason_of_a_port_without_a_server_is_the_refused_connection() -> None:
    found = endpoint.probe(f"http://127.0.0.1:{endpoint.free_port()}")
    assert (found.reason, found.remedy) == ("Connection refused", "start it")
