"""Every call that changes something goes through :class:`Changes`, which can also only show it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from mlpipe import __version__
from mlpipe.aws.accounts import Account
from mlpipe.aws.failures import AWS_ERRORS, code_of
from mlpipe.errors import ConfigurationError

__all__ = ["AuditLog", "Changes", "Failure"]

_LONGEST = 300

Failure = tuple[str, str, str]
"""a thing of a call for several, AWS's error code for it, and its message"""


class AuditLog:
    """A file with one JSON document a line: when, who, where, which call, which request ID, and the result."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()

    def check(self) -> None:
        """Raise ConfigurationError if the file cannot be written: nothing may change without an audit log."""
        self._append("")

    def write(self, **entry: Any) -> None:
        """Append one entry."""
        document = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "mlpipe": __version__, **entry}
        self._append(json.dumps(document, default=str) + "\n")

    def _append(self, text: str) -> None:
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # one write of a line with O_APPEND: several processes may share the file
                descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    os.write(descriptor, text.encode())
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: the audit log cannot be written: {error.strerror}") from error


class Changes:
    """Runs calls that change something and logs them, or only shows them if ``act`` is false."""

    def __init__(self, audit: AuditLog, *, act: bool, show: Callable[[str], None] | None = None) -> None:
        self._audit = audit
        self._show = show or _ignore
        self.act = act
        self.made = 0
        """how many changes were made"""
        self.count = 0
        """how many changes were shown, made or not"""
        if act:
            audit.check()

    def call(self, account: Account, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a call and return its response; empty if it is only shown. AWS's errors are logged and raised."""
        return self._call(account, service, operation, parameters, _nothing)

    def call_for_several(
        self,
        account: Account,
        service: str,
        operation: str,
        failures: Callable[[Mapping[str, Any]], Sequence[Failure]],
        **parameters: Any,
    ) -> list[Failure]:
        """Make a call that AWS may accept and do in part. Returns what failed, and logs a line for each of it.

        ``failures`` reads them from the response.
        """
        return list(failures(self._call(account, service, operation, parameters, failures)))

    def _call(
        self,
        account: Account,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        failures: Callable[[Mapping[str, Any]], Sequence[Failure]],
    ) -> dict[str, Any]:
        self.count += 1
        self._show(f"{account.account_id} {service}.{operation} {_short(parameters)}")
        if not self.act:
            return {}
        self.made += 1
        entry = {
            "account": account.account_id,
            "region": account.region,
            "caller": account.caller,
            "call": f"{service}.{operation}",
            "parameters": _loggable(parameters),
        }
        try:
            response: dict[str, Any] = getattr(account.client(service), operation)(**parameters)
        except AWS_ERRORS as error:
            answer = getattr(error, "response", None)
            self._audit.write(**entry, request_id=_request_id(answer), result=code_of(error))
            raise
        failed = failures(response)
        result = f"failed in part: {len(failed)}" if failed else "done"
        self._audit.write(**entry, request_id=_request_id(response), result=result)
        for name, code, message in failed:
            one = {**entry, "parameters": {"item": name}}
            self._audit.write(**one, request_id=_request_id(response), result=code, message=message)
        return response

    def local(self, description: str, work: Callable[[], None], **entry: Any) -> None:
        """Change something on this machine, such as a value file."""
        self.count += 1
        self._show(description)
        if self.act:
            self.made += 1
            work()
            self._audit.write(call=description, **entry, request_id=None, result="done")


def _nothing(response: Mapping[str, Any]) -> Sequence[Failure]:
    del response
    return ()


def _ignore(line: str) -> None:
    del line


def _request_id(response: Mapping[str, Any] | None) -> str | None:
    metadata = (response or {}).get("ResponseMetadata", {})
    found = metadata.get("RequestId") or metadata.get("HTTPHeaders", {}).get("x-amzn-requestid")
    return str(found) if found else None


def _loggable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without content: bytes become their length, long values are cut, environment variables are hidden."""
    return {name: _brief(_without_secrets(value)) for name, value in parameters.items()}


def _without_secrets(value: Any) -> Any:
    """The value without those of containers' environment variables: people put tokens there."""
    if isinstance(value, Mapping):
        return {
            name: dict.fromkeys(one, "<hidden>") if name == "Environment" else _without_secrets(one)
            for name, one in value.items()
        }
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


def _brief(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value if len(str(value)) <= _LONGEST else str(value)[:_LONGEST] + "…"
    text = json.dumps(value, default=str)
    return value if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _short(parameters: Mapping[str, Any]) -> str:
    return json.dumps(_loggable(parameters), default=str)
