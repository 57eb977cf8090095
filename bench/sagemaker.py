"""A SageMaker client that costs next to nothing, so that a measurement is of the server: JSON over one connection."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

__all__ = ["Client", "Refused"]

_TIMEOUT_SECONDS = 60.0


class Refused(Exception):
    """An answer that is no success: its HTTP status, AWS's error code and the message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class Client:
    """One account's client at ``endpoint_url``. Not for several threads at once; close it, or use it as a context."""

    def __init__(self, endpoint_url: str, account: str, region: str = "eu-west-1") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(endpoint_url).netloc, timeout=_TIMEOUT_SECONDS)
        # LocalStack reads account and region from it, and checks no signature
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
        """Call an operation of SageMaker. Raises Refused, and OSError when the server cannot be reached."""
        headers = {**self._headers, "X-Amz-Target": f"SageMaker.{operation}"}
        answer: dict[str, Any] = self._answer("POST", "/", json.dumps(request), headers)
        return answer

    def read(self, path: str) -> dict[str, Any]:
        """GET a JSON document, such as those of the plug-in's control address. Raises as :meth:`call`."""
        answer: dict[str, Any] = self._answer("GET", path)
        return answer

    def pages(self, operation: str, **request: Any) -> Iterator[dict[str, Any]]:
        """Every page of a List operation."""
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
