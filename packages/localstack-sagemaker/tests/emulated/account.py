"""One AWS account of the emulator: clients, bare requests, and the control address as this account uses it."""

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

__all__ = ["Account", "Answered", "eventually", "refused"]

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
class Answered:
    """A bare HTTP answer; `document` is its JSON."""

    status: int
    document: dict[str, Any]

    @property
    def code(self) -> str:
        """The error code, without the namespace that some services put before it."""
        return str(self.document.get("__type", "")).rpartition("#")[2]

    @property
    def message(self) -> str:
        """What the error says."""
        return str(self.document.get("message") or self.document.get("Message") or "")


def _checked(operation: OperationModel, response: Mapping[str, Any]) -> None:
    """Hold every answer that a test sees to the service model, and let none be a 5xx."""
    assert response["status_code"] < 500, f"{operation.name} answered {response['status_code']}: {response['body']!r}"
    if response["status_code"] < 300 and operation.service_model.metadata["protocol"] == "json":
        found = violations(operation.output_shape, json.loads(response["body"] or b"{}"))
        assert not found, f"{operation.name}: {found}"


@dataclass
class Account:
    """An account that nobody else uses, in a region."""

    url: str
    number: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**11) + 10**11))
    region: str = "us-east-1"
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A botocore client that sends each request once and checks each JSON answer."""
        if service not in self._clients:
            client = _session().create_client(
                service,
                self.region,
                endpoint_url=self.url,
                aws_access_key_id=self.number,
                aws_secret_access_key="none",
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
        """The client that invokes endpoints."""
        return self.client("sagemaker-runtime")

    @property
    def bucket_name(self) -> str:
        """A name for a bucket of this account; bucket names are taken for all accounts."""
        return f"data-{self.number}"

    def bucket(self) -> str:
        """Make that bucket."""
        self.client("s3").create_bucket(Bucket=self.bucket_name)
        return self.bucket_name

    def elsewhere(self, region: str) -> Account:
        """The same account in another region."""
        return Account(self.url, self.number, region)

    def arn(self, path: str, service: str = "sagemaker") -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.number}:{path}"

    def variables(self) -> dict[str, str]:
        """The environment for a program that is to work in this account."""
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

    def send(self, operation: str, body: Any, service: str = "sagemaker") -> Answered:
        """Send a JSON-protocol request past the checks that an SDK makes."""
        scope = f"{self.number}/20260101/{self.region}/{service}/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return _exchange(urllib.request.Request(self.url, data, headers))

    def control(self, path: str, method: str = "GET", **document: Any) -> Answered:
        """Use the control address; a document is sent with this account in it."""
        data = None if method in ("GET", "DELETE") else json.dumps({"account": self.number, **document}).encode()
        address = f"{self.url}/_localstack/sagemaker{path}"
        if data is None:
            address += f"?account={self.number}"
        return _exchange(urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method))

    def clock(self, mode: str | float) -> None:
        """Set this account's clock."""
        assert self.control("/clock", "PUT", mode=mode).status == 200

    def advance(self, seconds: float) -> None:
        """Let AWS's seconds pass."""
        assert self.control("/clock/advance", "POST", seconds=seconds).status == 200

    def fault(self, effect: str, **rule: Any) -> None:
        """Ask for a fault in this account."""
        answered = self.control("/faults", "POST", effect=effect, **rule)
        assert answered.status == 201, answered

    def answer(self, **answer: Any) -> None:
        """Set what containers of this account answer."""
        answered = self.control("/answers", "POST", **answer)
        assert answered.status == 201, answered


def _exchange(request: urllib.request.Request) -> Answered:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answered(answer.status, json.loads(answer.read() or b"{}"))
    except urllib.error.HTTPError as error:
        text = error.read()
        try:
            return Answered(error.code, json.loads(text or b"{}"))
        except ValueError:
            raise AssertionError(f"HTTP {error.code} without JSON: {text[:300]!r}") from None


def refused(work: Callable[[], object]) -> tuple[str, str]:
    """The code and the message of the error that a call must answer."""
    try:
        answered = work()
    except ClientError as caught:
        error = caught.response["Error"]
        return error["Code"], error["Message"]
    raise AssertionError(f"answered {answered} and should have refused")


def eventually(look: Callable[[], Any], *, seconds: float = 20.0) -> Any:
    """Look until there is something to see, and return it; what is sent in the background takes a moment."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {seconds:g} s")
