"""Requests in AWS JSON that skip LocalStack's handlers get the same responses, and those that need a handler get it."""

from __future__ import annotations

import gzip
import io
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest
from emulated.account import Account
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.handlers import serve_edge_router_rules
from localstack.aws.spec import load_service
from localstack.http import Response
from localstack.services.plugins import Service
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from localstack_sagemaker import errors
from localstack_sagemaker.in_localstack.direct import _Direct
from localstack_sagemaker.in_localstack.handlers import adapted
from localstack_sagemaker.in_localstack.json_protocol import JsonSkeleton

ACCOUNT = "123456789012"
GENERIC = {"Referer": "https://app.localstack.cloud"}
"""a header that LocalStack allows and that needs one of its handlers"""
JSON = "application/x-amz-json-1.1"


def _headers(operation: str, account: str = ACCOUNT, region: str = "us-east-1") -> dict[str, str]:
    scope = f"{account}/20260131/{region}/sagemaker/aws4_request"
    return {
        "Content-Type": JSON,
        "X-Amz-Target": f"SageMaker.{operation}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }


def _sent(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and document of a response, without what differs between two responses to one request."""
    request = urllib.request.Request(url, body, dict(headers))
    try:
        response = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        found = {name.lower(): value for name, value in response.headers.items()}
        assert len(found.pop("x-amzn-requestid", "-" * 36)) == 36
        return response.status, {name: found[name] for name in found if name != "date"}, json.loads(response.read())


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListModels", b"{}"),
        ("ListModels", b""),
        ("ListModels", b'{"MaxResults": 5, "NoSuchMember": 1}'),
        ("ListModels", b'{"MaxResults": 0}'),
        ("ListModels", b'{"MaxResults": "many"}'),
        ("ListModels", b'{"CreationTimeAfter": "yesterday"}'),
        ("ListModels", b"[]"),
        ("ListModels", b"{"),
        ("DescribeModel", b'{"ModelName": "none"}'),
        ("DescribeModel", b"{}"),
        ("NoSuchOperation", b"{}"),
        ("CreateModel", b'{"ModelName": "_"}'),
        ("DeleteModel", b'{"ModelName": "none"}'),
        ("SearchTrainingPlanOfferings", b"{}"),
    ],
)
def test_response_is_that_of_all_handlers(account: Account, operation: str, body: bytes) -> None:
    headers = _headers(operation, account.number)
    assert _sent(account.url, headers, body) == _sent(account.url, {**headers, **GENERIC}, body)


def test_requests_of_browsers_and_compressed_ones_are_handled(account: Account) -> None:
    headers = _headers("ListModels", account.number)
    status, found, _ = _sent(account.url, {**headers, "Origin": "https://app.localstack.cloud"}, b"{}")
    assert (status, found["access-control-allow-origin"]) == (200, "https://app.localstack.cloud")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(
            urllib.request.Request(account.url, b"{}", {**headers, "Origin": "https://example.com"}), timeout=60
        )
    assert refused.value.code == 403
    compressed = gzip.compress(b'{"MaxResults": 0}')
    assert _sent(account.url, {**headers, "Content-Encoding": "gzip"}, compressed)[0] == 400
    assert _sent(account.url, headers, b'{"MaxResults": 0}')[0] == 400


class _Services:
    """LocalStack's services: SageMaker with two operations."""

    def __init__(self) -> None:
        self.model = load_service("sagemaker")

    def exists(self, name: str) -> bool:
        return name == "sagemaker"

    def require(self, name: str) -> Service:
        table = adapted({"ListModels": lambda *_: {"Models": []}, "DeleteModel": _refuse})
        return Service(name, skeleton=JsonSkeleton(self.model, table))


def _refuse(*_: Any) -> dict[str, Any]:
    raise errors.validation("not today")


@pytest.fixture
def gateway() -> LocalstackAwsGateway:
    """A gateway that is not connected to a server."""
    return LocalstackAwsGateway(_Services())


@pytest.fixture
def direct() -> _Direct:
    """Serves SageMaker directly."""
    return _Direct({"sagemaker": "SageMaker"})


def _request(operation: str = "ListModels", body: bytes = b"{}", **changed: str | None) -> Request:
    """A request as the web server passes it on. `changed` are other values of its WSGI environment."""
    headers = _headers(operation)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "4566",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.pop("Content-Type"),
        "HTTP_HOST": "localhost:4566",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    environ |= changed
    request = Request({name: value for name, value in environ.items() if value is not None})
    request.headers = Headers(request.headers)
    return request


def test_context_has_what_localstack_reads_from_the_request(direct: _Direct, gateway: LocalstackAwsGateway) -> None:
    context = direct.context(gateway, _request(body=b'{"MaxResults": 5}'))
    assert context is not None
    assert (context.account_id, context.region, context.partition) == (ACCOUNT, "us-east-1", "aws")
    direct.chain(gateway).handle(context, Response())
    assert (context.service.service_name, context.operation.name) == ("sagemaker", "ListModels")
    assert context.service_request == {"MaxResults": 5}


@pytest.mark.parametrize(
    "changed",
    [
        {"REQUEST_METHOD": "OPTIONS"},
        {"PATH_INFO": "/_localstack/health"},
        {"QUERY_STRING": "X-Amz-Signature=0"},
        {"HTTP_X_AMZ_TARGET": "DynamoDB_20120810.ListTables"},
        {"HTTP_X_AMZ_TARGET": None},
        {"HTTP_AUTHORIZATION": None},
        {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=1/20260131/us-east-1/s3/aws4_request"},
        {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=1/20260131/mars-east-1/sagemaker/aws4_request"},
        {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=LSIA\xe9/20260131/us-east-1/sagemaker/aws4_request"},
        {"CONTENT_TYPE": "application/cbor"},
        {"HTTP_ACCEPT": "application/cbor"},
        {"HTTP_ORIGIN": "https://example.com"},
        {"HTTP_REFERER": "https://example.com"},
        {"HTTP_CONTENT_ENCODING": "gzip"},
        {"HTTP_SMITHY_PROTOCOL": "rpc-v2-cbor"},
        {"HTTP_X_LOCALSTACK_DATA": "{}"},
        {"HTTP_HOST": "data.s3.localhost.localstack.cloud:4566"},
        {"HTTP_HOST": "f.lambda-url.us-east-1.localhost.localstack.cloud:4566"},
    ],
)
def test_request_that_needs_a_handler_is_left_to_localstack(
    direct: _Direct, gateway: LocalstackAwsGateway, changed: dict[str, str | None]
) -> None:
    assert direct.context(gateway, _request(**changed)) is None


def test_route_of_an_extension_is_served_first(direct: _Direct, gateway: LocalstackAwsGateway) -> None:
    assert direct.context(gateway, _request())
    rule = serve_edge_router_rules.router.add("/", lambda *_: Response("mine"), host="localhost:4566")
    try:
        assert direct.context(gateway, _request()) is None
        assert direct.context(gateway, _request(HTTP_HOST="127.0.0.1:4566"))
    finally:
        serve_edge_router_rules.router.remove(rule)
    assert direct.context(gateway, _request())


def _answered(direct: _Direct, gateway: LocalstackAwsGateway, operation: str) -> Response:
    request, response = _request(operation, b'{"ModelName": "m"}'), Response()
    context = direct.context(gateway, request)
    assert context
    direct.chain(gateway).handle(context, response)
    return response


def test_custom_handlers_run(direct: _Direct, gateway: LocalstackAwsGateway) -> None:
    seen = []
    gateway.request_handlers.insert(0, lambda *_: seen.append("request"))
    gateway.response_handlers.append(lambda _, context, __: seen.append(context.service_response))
    gateway.finalizers.append(lambda *_: seen.append("end"))
    assert _answered(direct, gateway, "ListModels").status_code == 200
    assert seen == ["request", {"Models": []}, "end"]
    gateway.request_handlers.insert(0, lambda chain, *_: chain.respond(429, {"slow": "down"}))
    assert _answered(direct, gateway, "ListModels").status_code == 429


def test_custom_handlers_change_the_request(direct: _Direct, gateway: LocalstackAwsGateway) -> None:
    changed = _request(body=b'{"MaxResults": 7}')
    changed.headers["Authorization"] = _headers("ListModels", "210987654321", "eu-west-1")["Authorization"]
    seen: list[Any] = []

    def change(_: Any, context: Any, __: Any) -> None:
        seen.append((context.service.service_name, context.operation))
        context.request = changed

    gateway.request_handlers.insert(0, change)
    gateway.response_handlers.append(
        lambda _, context, __: seen.append((context.service_request, context.account_id, context.region))
    )
    assert _answered(direct, gateway, "ListModels").status_code == 200
    assert seen == [("sagemaker", None), ({"MaxResults": 7}, "210987654321", "eu-west-1")]


def test_calls_and_errors_are_logged(
    direct: _Direct, gateway: LocalstackAwsGateway, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "localstack.request.aws"):
        assert json.loads(_answered(direct, gateway, "ListModels").data) == {"Models": []}
        refused = _answered(direct, gateway, "DeleteModel")
    assert refused.status_code == 400
    assert json.loads(refused.data)["message"] == "not today"
    logged = [record for record in caplog.records if record.name == "localstack.request.aws"]
    texts = ["AWS sagemaker.ListModels => 200", "AWS sagemaker.DeleteModel => 400 (ValidationException)"]
    assert [record.getMessage() for record in logged] == texts
    assert [vars(record)["account_id"] for record in logged] == [ACCOUNT] * 2
    assert "ModelName" in vars(logged[1])["input"]
