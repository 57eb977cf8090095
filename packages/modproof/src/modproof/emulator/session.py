"""A boto3 session, based on localstack_client, for one emulator, account and region."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.config
import botocore.loaders
import botocore.session
from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError, ResponseParserFactory
from localstack_client.session import Session

__all__ = ["CALL_SECONDS", "EmulatorSession", "UnreadableAnswer"]

_ATTEMPTS = 3
_CONNECT_SECONDS = 5.0
CALL_SECONDS = 180.0
# the caller's AWS profile and files must have no effect
_NO_CALLER_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_MODELS = botocore.loaders.create_loader()
"""Keeps the models of the services for all sessions: reading them takes most of the time to create a client."""


class UnreadableAnswer(BotoCoreError):  # type: ignore[misc]  # botocore has no types
    """An answer that is not one of AWS. botocore's own error for it is not a BotoCoreError."""

    fmt = "the server's answer is not one of AWS: {reason}"


class _Parsers(ResponseParserFactory):  # type: ignore[misc]
    def create_parser(self, protocol_name: str) -> Any:
        parser = super().create_parser(protocol_name)
        parse = parser.parse

        def checked(response: Any, shape: Any) -> Any:
            try:
                return parse(response, shape)
            except (ResponseParserError, ValueError, TypeError, AttributeError, LookupError) as error:
                raise UnreadableAnswer(reason=error) from error

        parser.parse = checked
        return parser


class EmulatorSession(Session):  # type: ignore[misc]  # localstack_client has no types
    """A localstack_client session that connects only to ``endpoint_url``.

    ``account`` (12 digits) is also the access key, which LocalStack interprets as the account. localstack_client
    defaults to port 4566 and a key that is not an account, and ``AWS_ENDPOINT_URL`` from the caller's environment
    overrides its arguments; boto3 reads the caller's profile. This session ignores both. ``call_seconds`` is the limit
    of a call that is not answered, including its retries. ``credentials`` are those of an assumed role.
    ``service_urls`` are the addresses of services that another server answers.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        account: str,
        region: str,
        call_seconds: float = CALL_SECONDS,
        credentials: Mapping[str, str] | None = None,
        service_urls: Mapping[str, str] | None = None,
    ) -> None:
        keys = credentials or {}
        super().__init__(
            aws_access_key_id=keys.get("AccessKeyId", account),
            aws_secret_access_key=keys.get("SecretAccessKey", "test"),
            aws_session_token=keys.get("SessionToken"),
            region_name=region,
        )
        self.endpoint_url = endpoint_url
        self.account = account
        self._service_urls = dict(service_urls or {})
        mapping: dict[str, str] = vars(self)["_service_endpoint_mapping"]
        self._service_endpoint_mapping = dict.fromkeys(mapping, endpoint_url) | self._service_urls
        inner = botocore.session.Session(session_vars=_NO_CALLER_SETTINGS)
        inner.register_component("data_loader", _MODELS)
        inner.register_component("response_parser_factory", _Parsers())
        self._boto3 = boto3.session.Session(botocore_session=inner, region_name=region)
        self._config = botocore.config.Config(
            connect_timeout=min(_CONNECT_SECONDS, call_seconds / _ATTEMPTS),
            read_timeout=call_seconds / _ATTEMPTS,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            # the caller's proxies are not for loopback
            proxies={},
        )
        self._call_seconds = call_seconds
        self._clients: dict[str, Any] = {}
        self._acting: dict[str, EmulatorSession] = {}
        self._lock = threading.Lock()

    def acting(self, role: str) -> EmulatorSession:
        """A session of the role with this ARN. LocalStack does not check the role's trust policy."""
        if role not in self._acting:
            assumed = self.client("sts").assume_role(RoleArn=role, RoleSessionName="modproof")
            self._acting[role] = EmulatorSession(
                self.endpoint_url,
                account=role.split(":")[4],
                region=self.region_name,
                call_seconds=self._call_seconds,
                credentials=assumed["Credentials"],
                service_urls=self._service_urls,
            )
        return self._acting[role]

    def client(self, service_name: str, **kwargs: Any) -> Any:
        """A boto3 client, shared between calls for the same service unless ``kwargs`` are passed."""
        if kwargs:
            return self._create("client", service_name, kwargs)
        if service_name not in self._clients:
            self._clients.setdefault(service_name, self._create("client", service_name, {}))
        return self._clients[service_name]

    def resource(self, service_name: str, **kwargs: Any) -> Any:
        """A boto3 resource."""
        return self._create("resource", service_name, kwargs)

    def _create(self, kind: str, service_name: str, kwargs: dict[str, Any]) -> Any:
        config = self._config.merge(kwargs["config"]) if "config" in kwargs else self._config
        url = self._service_urls.get(service_name, self.endpoint_url)
        fixed = {**self.common_protected_kwargs, "endpoint_url": url, "config": config}
        with self._lock:  # creating a client is not thread-safe
            return getattr(self._boto3, kind)(service_name, **{**kwargs, **fixed})
