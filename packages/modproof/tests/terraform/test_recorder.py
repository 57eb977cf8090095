from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from modproof.terraform.plain_answers import plain_answer
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
        pytest.param("s3", b"<Delete/>", "Message", id="REST with XML"),
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


def zones(region: str, *parameters: str) -> list[str]:
    body = "&".join(["Action=DescribeAvailabilityZones", *parameters]).encode()
    with recording() as recorder:
        request = urllib.request.Request(
            recorder.endpoint_url, body, {"Authorization": SCOPE.replace("eu-west-1", region).format("ec2")}
        )
        with urllib.request.urlopen(request) as answer:
            root = ElementTree.fromstring(answer.read())  # noqa: S314 - our own answer
    return [str(node.text) for node in root.findall(".//{*}zoneName")]


@pytest.mark.parametrize(
    ("region", "parameters", "expected"),
    [
        ("eu-west-1", (), ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ("us-west-1", (), ["us-west-1a", "us-west-1c"]),
        ("eu-west-1", ("Filter.1.Name=state", "Filter.1.Value.1=impaired"), []),
        ("eu-west-1", ("Filter.1.Name=zone-type", "Filter.1.Value.1=local-zone"), []),
        ("eu-west-1", ("Filter.1.Name=zone-name", "Filter.1.Value.1=x", "Filter.1.Value.2=*-1b"), ["eu-west-1b"]),
        ("eu-west-1", ("ZoneId.1=euw1-az3",), ["eu-west-1c"]),
    ],
)
def test_zones_are_those_of_the_region_that_meet_the_filters(
    region: str, parameters: tuple[str, ...], expected: list[str]
) -> None:
    assert zones(region, *parameters) == expected


def test_a_filter_that_depends_on_the_account_is_refused() -> None:
    body = b"Action=DescribeAvailabilityZones&Filter.1.Name=message&Filter.1.Value.1=x"
    with recording() as recorder:
        assert refused(recorder.endpoint_url, body, "ec2")[0] == 403
        assert recorder.aws_calls == ["ec2.DescribeAvailabilityZones"]


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("us-gov-west-1", "usgw1"), ("ap-northeast-3", "apne3"), ("me-central-1", "mec1"), ("cn-north-1", "cnn1")],
)
def test_zone_ids_start_with_the_short_name_of_the_region(region: str, prefix: str) -> None:
    assert f"<zoneId>{prefix}-az1</zoneId>" in (plain_answer("ec2.DescribeAvailabilityZones", region, {}) or "")


def test_optional_regions_are_listed_only_on_request() -> None:
    default = plain_answer("ec2.DescribeRegions", "eu-west-1", {}) or ""
    every = plain_answer("ec2.DescribeRegions", "eu-west-1", {"AllRegions": "true"}) or ""
    assert ("af-south-1" in default, "af-south-1" in every, "eu-west-3" in default) == (False, True, True)
