"""Calls the plug-in's handlers without a server: a hundred times faster, for tests with many calls."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from localstack_sagemaker.clock import Clock, clocks
from localstack_sagemaker.kinds.monitoring import execute
from localstack_sagemaker.provider import run_internal, sagemaker_provider

from .shapes import violations

__all__ = ["InProcess"]


@functools.cache
def _provider() -> tuple[Any, dict[str, Any], dict[str, str]]:
    provider = sagemaker_provider()
    methods = {
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower(): name
        for name in provider.model.operation_names
    }
    return provider, provider.dispatch_table(), methods


class InProcess:
    """One account in one region, with an instant clock. It has what the examples use of an `Account`."""

    def __init__(self, account: str, region: str = "us-east-1") -> None:
        self.account, self.region = account, region
        clocks.set(Clock.parse("instant"), account)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation. Raises the service's exception."""
        provider, table, _ = _provider()
        sent: Any = SimpleNamespace(headers={})
        context: Any = SimpleNamespace(account_id=self.account, region=self.region, partition="aws", request=sent)
        # the service keeps the request and adds defaults to it, so it must not be a constant of a test
        response = dict(table[operation](context, copy.deepcopy(request)))
        shape = provider.model.operation_model(operation).output_shape
        found = violations(shape, json.loads(json.dumps(response, default=lambda moment: moment.timestamp())))
        assert not found, f"{operation}: {found}"
        return response

    @property
    def number(self) -> str:
        """The account."""
        return self.account

    @property
    def sagemaker(self) -> Any:
        """A client with boto3's methods."""
        return _Client(self)

    def arn(self, path: str, service: str = "sagemaker") -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{path}"

    def set_clock(self, mode: str) -> None:
        """Set this account's clock."""
        clocks.set(Clock.parse(mode), self.account)

    def advance(self, seconds: float) -> None:
        """Advance this account's clock by AWS seconds."""
        clocks.own(self.account).advance(seconds)

    def clock_now(self) -> float:
        """This account's time, in epoch seconds."""
        return clocks.of(self.account).now()

    def control(self, path: str, _method: str, **document: Any) -> Any:
        """Start an execution of a monitoring schedule, the only part of the control API that examples use."""
        assert path == "/executions", path
        run_internal(
            self.account,
            self.region,
            lambda call: execute(call, call.get(call.kinds["MonitoringSchedule"], (document["schedule"],)), 0, ""),
        )
        return SimpleNamespace(status=201)


class _Client:
    def __init__(self, account: InProcess) -> None:
        self._account = account

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        return lambda **request: self._account.call(_provider()[2][name], request)
