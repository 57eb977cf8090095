"""One AWS account of the emulator: clients, raw requests, and the control API."""

from __future__ import annotations

import functools
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from .shapes import violations

__all__ = ["Account", "HttpResponse", "error_of", "wait_for"]

_TARGETS = {
    "sagemaker": "SageMaker",
    "application-autoscaling": "AnyScaleFrontendService",
    "budgets": "AWSBudgetServiceGateway",
    "ecr": "AmazonEC2ContainerRegistry_V20150921",
}
_CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=60, tcp_keepalive=True)


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response; `document` is its JSON."""

    status: int
    document: dict[str, Any]

    @property
    def code(self) -> str:
        """The error code, without the namespace prefix of some services."""
        return str(self.document.get("__type", "")).rpartition("#")[2]

    @property
    def message(self) -> str:
        """The error message."""
        return str(self.document.get("message") or self.document.get("Message") or "")


def _checked(operation: OperationModel, response: Mapping[str, Any]) -> None:
    """Assert that a response matches the service model and is not a 5xx."""
    assert response["status_code"] < 500, f"{operation.name} returned {response['status_code']}: {response['body']!r}"
    if response["status_code"] < 300 and operation.service_model.metadata["protocol"] == "json":
        found = violations(operation.output_shape, json.loads(response["body"] or b"{}"))
        assert not found, f"{operation.name}: {found}"


@dataclass
class Account:
    """An account in a region. The default number is random and used by one test."""

    url: str
    number: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**11) + 10**11))
    region: str = "us-east-1"
    credentials: Mapping[str, str] | None = None
    """of an assumed role, as AssumeRole returns them; by default the account's own key"""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A botocore client without retries that checks each JSON response."""
        if service not in self._clients:
            own = {"AccessKeyId": self.number, "SecretAccessKey": "none", "SessionToken": None}
            keys = self.credentials or own
            client = _session().create_client(
                service,
                self.region,
                endpoint_url=self.url,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                config=_CONFIG,
            )
            if service in _TARGETS and service != "ecr":
                client.meta.events.register(
                    "before-parse",
                    lambda operation_model, response_dict, **_: _checked(operation_model, response_dict),
                )
            self._clients[service] = client
        return self._clients[service]

    @property
    def sagemaker(self) -> Any:
        """The SageMaker client."""
        return self.client("sagemaker")

    @property
    def runtime(self) -> Any:
        """The sagemaker-runtime client."""
        return self.client("sagemaker-runtime")

    @property
    def bucket_name(self) -> str:
        """The bucket name of this account; bucket names are global."""
        return f"data-{self.number}"

    def bucket(self) -> str:
        """Create the bucket and return its name."""
        self.client("s3").create_bucket(Bucket=self.bucket_name)
        return self.bucket_name

    def in_region(self, region: str) -> Account:
        """The same account in another region."""
        return Account(self.url, self.number, region)

    def arn(self, path: str, service: str = "sagemaker") -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.number}:{path}"

    def variables(self) -> dict[str, str]:
        """The environment variables for a program that uses this account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.number,
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def send(self, operation: str, body: Any, service: str = "sagemaker", encoding: str = "") -> HttpResponse:
        """Send a JSON-protocol request without an SDK's validation; `encoding` is its Content-Encoding."""
        scope = f"{self.number}/20260101/{self.region}/{service}/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            **({"Content-Encoding": encoding} if encoding else {}),
        }
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return _exchange(urllib.request.Request(self.url, data, headers))

    def control(self, path: str, method: str = "GET", **document: Any) -> HttpResponse:
        """Send a request for this account to the control API."""
        data = None if method in ("GET", "DELETE") else json.dumps({"account": self.number, **document}).encode()
        address = f"{self.url}/_localstack/sagemaker{path}"
        if data is None:
            address += f"?account={self.number}"
        return _exchange(urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method))

    def set_clock(self, mode: str | float) -> None:
        """Set this account's clock."""
        assert self.control("/clock", "PUT", mode=mode).status == 200

    def advance(self, seconds: float) -> None:
        """Advance this account's clock by AWS seconds."""
        assert self.control("/clock/advance", "POST", seconds=seconds).status == 200

    def inject_fault(self, effect: str, **fault: Any) -> None:
        """Inject a fault in this account."""
        response = self.control("/faults", "POST", effect=effect, **fault)
        assert response.status == 201, response

    def set_answer(self, **answer: Any) -> None:
        """Set an answer for invocations in this account."""
        response = self.control("/answers", "POST", **answer)
        assert response.status == 201, response


def _exchange(request: urllib.request.Request) -> HttpResponse:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return HttpResponse(response.status, json.loads(response.read() or b"{}"))
    except urllib.error.HTTPError as error:
        text = error.read()
        try:
            return HttpResponse(error.code, json.loads(text or b"{}"))
        except ValueError:
            raise AssertionError(f"HTTP {error.code} is not JSON: {text[:300]!r}") from None


def error_of(work: Callable[[], object]) -> tuple[str, str]:
    """Return the code and message of the error that a call must return."""
    try:
        response = work()
    except ClientError as caught:
        error = caught.response["Error"]
        return error["Code"], error["Message"]
    raise AssertionError(f"expected an error, got {response}")


def wait_for(look: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """Call `look` until it returns a true value, and return that; background work takes a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"timed out after {seconds:g} s")
