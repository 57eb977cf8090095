from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from modproof.terraform.recorder import REFUSAL, recording

SCOPE = "AWS4-HMAC-SHA256 Credential=000000000000/20250101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=x"


def call(url: str, body: bytes | None, service: str, **headers: str) -> str:
    request = urllib.request.Request(url, body, {"Authorization": SCOPE.format(service), **headers})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def refused(url: str, body: bytes | None, service: str, **headers: str) -> tuple[int, str]:
    """The status and the body of a refusal."""
    with pytest.raises(urllib.error.HTTPError) as error:
        call(url, body, service, **headers)
    with error.value as answer:
        return answer.code, answer.read().decode()


def test_the_caller_identity_is_answered_and_not_recorded() -> None:
    with recording() as recorder:
        answer = call(recorder.endpoint_url, b"Action=GetCallerIdentity&Version=2011-06-15", "sts")
        assert "<Account>000000000000</Account>" in answer
        assert recorder.aws_calls == []


@pytest.mark.parametrize(
    ("path", "body", "service", "headers", "name"),
    [
        ("/", b"Action=DescribeVpcs", "ec2", {}, "ec2.DescribeVpcs"),
        ("/", b"{}", "kms", {"X-Amz-Target": "TrentService.DescribeKey"}, "kms.DescribeKey"),
        ("/bucket?policy", None, "s3", {}, "s3 GET /bucket"),
    ],
)
def test_any_other_call_is_refused_and_recorded_once_by_name(
    path: str, body: bytes | None, service: str, headers: dict[str, str], name: str
) -> None:
    with recording() as recorder:
        for _ in range(2):
            code, answer = refused(recorder.endpoint_url + path, body, service, **headers)
            assert (code, REFUSAL in answer) == (403, True)
        assert recorder.aws_calls == [name]


@pytest.mark.parametrize(
    ("service", "body", "path"),
    [
        pytest.param("s3", None, "Message", id="REST with XML"),
        pytest.param("iam", b"Action=GetRole", "Error/Message", id="Query"),
        pytest.param("ec2", b"Action=DescribeVpcs", "Errors/Error/Message", id="EC2"),
    ],
)
def test_an_xml_refusal_has_the_message_where_its_protocol_reads_it(
    service: str, body: bytes | None, path: str
) -> None:
    with recording() as recorder:
        _, answer = refused(recorder.endpoint_url, body, service)
    assert ElementTree.fromstring(answer).findtext(path) == REFUSAL  # noqa: S314 - our own answer


def test_a_refused_head_request_has_no_body() -> None:
    with recording() as recorder:
        address = urlsplit(recorder.endpoint_url)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(b"HEAD /bucket HTTP/1.1\r\nHost: s3\r\nConnection: close\r\n\r\n")
            head, _, body = b"".join(iter(lambda: connection.recv(4096), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ")
    assert body == b""


def test_a_json_refusal_has_the_message() -> None:
    with recording() as recorder:
        _, answer = refused(recorder.endpoint_url, b"{}", "kms", **{"X-Amz-Target": "TrentService.DescribeKey"})
    assert json.loads(answer)["message"] == REFUSAL
