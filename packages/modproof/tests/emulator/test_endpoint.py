from __future__ import annotations

import socket

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
def test_an_emulators_address_gets_the_form_that_sdks_take_for_one(given: str, used: str) -> None:
    assert endpoint.checked(given) == used


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
def test_aws_itself_is_refused(url: str) -> None:
    with pytest.raises(SafetyError, match="is AWS itself"):
        endpoint.checked(url)


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "http://", "http://127.0.0.1:port", "http://127.0.0.1/path", "http://no.such.host.invalid"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        endpoint.checked(url)


def test_a_taken_port_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not endpoint.port_is_free(port)
        assert endpoint.listens(f"http://127.0.0.1:{port}")
    assert endpoint.port_is_free(port)
    assert not endpoint.listens(f"http://127.0.0.1:{port}")


def test_nobody_there_is_no_health() -> None:
    assert endpoint.health(f"http://127.0.0.1:{endpoint.free_port()}") is None
