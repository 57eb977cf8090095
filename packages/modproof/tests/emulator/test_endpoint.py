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
