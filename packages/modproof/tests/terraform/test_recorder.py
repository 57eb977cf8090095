from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from modproof.terraform.recorder import recording

SCOPE = "AWS4-HMAC-SHA256 Credential=000000000000/20250101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=x"


def call(url: str, body: bytes | None, service: str, **headers: str) -> str:
    request = urllib.request.Request(url, body, {"Authorization": SCOPE.format(service), **headers})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def test_the_caller_is_nobody_and_that_is_no_call() -> None:
    with recording() as recorder:
        answer = call(recorder.endpoint_url, b"Action=GetCallerIdentity&Version=2011-06-15", "sts")
        assert "<Account>000000000000</Account>" in answer
        assert recorder.calls == []


@pytest.mark.parametrize(
    ("path", "body", "service", "headers", "name"),
    [
        ("/", b"Action=DescribeVpcs", "ec2", {}, "ec2.DescribeVpcs"),
        ("/", b"{}", "kms", {"X-Amz-Target": "TrentService.DescribeKey"}, "kms.DescribeKey"),
        ("/bucket?policy", None, "s3", {}, "s3 GET /bucket"),
    ],
)
def test_any_other_call_is_refused_and_named(
    path: str, body: bytes | None, service: str, headers: dict[str, str], name: str
) -> None:
    with recording() as recorder:
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError) as refused:
                call(recorder.endpoint_url + path, body, service, **headers)
            assert refused.value.code == 403
            refused.value.close()
        assert recorder.calls == [name]
