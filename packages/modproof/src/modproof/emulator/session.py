"""boto3, by way of localstack_client, bound to one emulator, one account and one region."""

from __future__ import annotations

import os
import threading
from typing import Any

import boto3
import botocore.config
import botocore.session
from localstack_client.session import Session

__all__ = ["EmulatorSession"]

# nothing of the caller's AWS set-up may have a say: neither a profile nor a file
_NOTHING_OF_THE_CALLERS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class EmulatorSession(Session):  # type: ignore[misc]  # localstack_client has no types
    """localstack_client's session, with ``client`` and ``resource`` that reach ``endpoint_url`` and nothing else.

    ``account`` (12 digits) is the access key, which LocalStack takes for the account. localstack_client's own
    defaults are port 4566 and a key that is no account; and it prefers ``AWS_ENDPOINT_URL`` from the caller's
    environment to what it is told, and boto3 reads the caller's profile: both are shut out here.
    """

    def __init__(self, endpoint_url: str, *, account: str, region: str) -> None:
        super().__init__(
            aws_access_key_id=account,
            aws_secret_access_key="test",  # noqa: S106
            aws_session_token=None,
            region_name=region,
        )
        self.endpoint_url = endpoint_url
        self.account = account
        mapping: dict[str, str] = vars(self)["_service_endpoint_mapping"]
        self._service_endpoint_mapping = dict.fromkeys(mapping, endpoint_url)
        self._boto3 = boto3.session.Session(
            botocore_session=botocore.session.Session(session_vars=_NOTHING_OF_THE_CALLERS), region_name=region
        )
        self._config = botocore.config.Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 2, "mode": "standard"},
            # loopback never goes through the caller's proxy
            proxies={},
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service_name: str, **kwargs: Any) -> Any:
        """A boto3 client; the same one each time for the same service, unless ``kwargs`` ask for another."""
        if kwargs:
            return self._made("client", service_name, kwargs)
        with self._lock:  # boto3 makes clients one at a time
            if service_name not in self._clients:
                self._clients[service_name] = self._made("client", service_name, {})
            return self._clients[service_name]

    def resource(self, service_name: str, **kwargs: Any) -> Any:
        """A boto3 resource."""
        return self._made("resource", service_name, kwargs)

    def _made(self, kind: str, service_name: str, kwargs: dict[str, Any]) -> Any:
        config = self._config.merge(kwargs["config"]) if "config" in kwargs else self._config
        fixed = {**self.common_protected_kwargs, "endpoint_url": self.endpoint_url, "config": config}
        return getattr(self._boto3, kind)(service_name, **{**kwargs, **fixed})
