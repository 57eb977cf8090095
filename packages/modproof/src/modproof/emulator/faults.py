"""Errors that AWS would not return: services and operations that LocalStack does not have, and its own failures.

Sources of the texts, for LocalStack 4.7.0 to 2026.3.0 and, before 4.4, "not yet implemented or pro feature":
``localstack/utils/coverage_docs.py``, ``localstack/aws/handlers/service.py``,
``localstack/aws/handlers/service_plugin.py`` and ``localstack/services/moto.py`` in
https://github.com/localstack/localstack. The AWS SDKs of Terraform's provider and boto3 add the operation and status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["EmulatorFault", "fault_in"]

_LACKING = (
    re.compile(
        r"API action '?(?P<operation>\w+)'? for service '?(?P<service>[\w-]+)'?"
        r" (?:is either not available|not yet implemented)"
    ),
    re.compile(r"API for service '?(?P<service>[\w-]+)'? (?:is either not included|not yet implemented)"),
    re.compile(r"no handler for operation '(?P<operation>\w+)' on service '(?P<service>[\w-]+)'"),
    re.compile(r"No moto route for service (?P<service>[\w-]+) on path"),
)
_DISABLED = re.compile(r"Service '(?P<service>[\w-]+)' is not enabled\. Please check your 'SERVICES'")
_FAILED = re.compile(
    r"exception while calling (?P<service>[\w-]+)(?:\.(?P<operation>\w+)| with unknown operation): (?P<reason>.*)",
    re.DOTALL,
)
_STATUS = re.compile(r"\bStatusCode: (?P<status>5\d\d)\b|\bstatus code: (?P<other>5\d\d), request id")
_GIVEN_UP = re.compile(r"exceeded maximum number of attempts, \d+")
_CALL = re.compile(r"operation error (?P<service>[^:]+): (?P<operation>\w+)|when calling the (?P<boto>\w+) operation")
_REASON_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class EmulatorFault:
    """A fault of the emulator. ``service`` is AWS's or the SDK's name, ``operation`` may be empty.

    With ``lacking`` the emulator does not have the operation, or, with ``disabled``, its settings exclude the service;
    otherwise it failed with ``reason``.
    """

    service: str
    operation: str
    lacking: bool = False
    disabled: bool = False
    reason: str = ""

    @property
    def call(self) -> str:
        return ".".join(part for part in (self.service, self.operation) if part) or "an AWS call"


def fault_in(text: str) -> EmulatorFault | None:
    """The fault of the emulator in an error of Terraform or boto3; None if AWS could have returned the error."""
    call = _CALL.search(text)
    operation = (call["operation"] or call["boto"]) if call else ""
    for pattern in _LACKING:
        if match := pattern.search(text):
            return EmulatorFault(match["service"], match.groupdict().get("operation") or operation, lacking=True)
    if match := _DISABLED.search(text):
        return EmulatorFault(match["service"], operation, disabled=True)
    if match := _FAILED.search(text):
        return EmulatorFault(match["service"], match["operation"] or operation, reason=_short(match["reason"]))
    service = (call["service"] or "") if call else ""
    status = _STATUS.search(text)
    if status:
        code = status["status"] or status["other"]
        reason = _short(text.partition("api error ")[2] or text)
        return EmulatorFault(service, operation, lacking=code == "501", reason=f"status {code}: {reason}")
    if _GIVEN_UP.search(text):
        return EmulatorFault(service, operation, reason=_short(text))
    return None


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _REASON_CHARACTERS else f"{joined[:_REASON_CHARACTERS]} …"
