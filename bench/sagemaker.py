"""A minimal SageMaker client, JSON over one connection, so that benchmarks measure the server."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

__all__ = ["Client", "Refused"]

_TIMEOUT_SECONDS = 60.0


class Refused(Exception):
    """An error response: its HTTP status, AWS error code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Client:
    """A client of one account at ``endpoint_url``. Not thread-safe; use it as a context manager.

    ``account`` is an account's number, or an access key of a role's session.
    """

    def __init__(self, endpoint_url: str, account: str, region: str = "eu-west-1") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(endpoint_url).netloc, timeout=_TIMEOUT_SECONDS)
        # LocalStack reads account and region from it, and does not check the signature
        scope = f"{account}/20240101/{region}/sagemaker/aws4_request"
        self._headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call a SageMaker operation. Raises Refused, and OSError if the server cannot be reached."""
        headers = {**self._headers, "X-Amz-Target": f"SageMaker.{operation}"}
        answer: dict[str, Any] = self._answer("POST", "/", json.dumps(request), headers)
        return answer

    def invoke(self, endpoint: str) -> dict[str, Any]:
        """Invoke an endpoint that answers with JSON. Raises like :meth:`call`."""
        headers = {"Content-Type": "text/plain", "Authorization": self._headers["Authorization"]}
        answer: dict[str, Any] = self._answer("POST", f"/endpoints/{endpoint}/invocations", "-", headers)
        return answer

    def read(self, path: str) -> dict[str, Any]:
        """GET a JSON document, such as from the plug-in's control API. Raises like :meth:`call`."""
        answer: dict[str, Any] = self._answer("GET", path)
        return answer

    def pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        """Yield every page of a List operation."""
        answer = self.call(operation, **request)
        yield answer
        while token := answer.get("NextToken"):
            answer = self.call(operation, **request, NextToken=token)
            yield answer

    def _answer(self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Any:
        self._connection.request(method, path, body, dict(headers or {}))
        with self._connection.getresponse() as response:
            answer = json.loads(response.read() or b"{}")
        if response.status != http.HTTPStatus.OK:
            code = str(answer.get("__type", "")).rpartition("#")[2]
            raise Refused(response.status, code, str(answer.get("message", answer.get("Message", ""))))
        return answer
