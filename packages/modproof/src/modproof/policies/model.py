"""Requests, the policies that apply to them, and IAM's decisions, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Decision", "Policies", "Request", "Verdict"]

ContextValue = str | bool | int | list[str]
"""A context key's value; a list for a multivalued key such as ``sagemaker:VpcSubnets``."""


class Verdict(StrEnum):
    """The result of IAM's evaluation. Only ``ALLOWED`` permits the request."""

    ALLOWED = "allowed"
    IMPLICITLY_DENIED = "implicitly denied"
    """No statement allows it; another policy could."""
    EXPLICITLY_DENIED = "explicitly denied"
    """A Deny statement matches; no other policy can allow it."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that apply to a request, each a parsed document (``{"Version": …, "Statement": …}``).

    ``identity`` maps names to the principal's identity-based policies; ``boundary`` is its permissions boundary;
    ``resource`` is the resource-based policy (bucket policy, key policy, trust policy).
    """

    identity: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boundary: Mapping[str, Any] | None = None
    resource: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One API call as IAM evaluates it.

    ``principal`` is a service principal or the caller's ARN, for a role the ARN of its session:
    ``arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION``. ``resource`` is the ARN of the target, ``*`` for actions that do
    not support resources. ``account`` owns the resource (12 digits); by default it is the account in the resource's
    ARN, otherwise the principal's. ``context`` maps condition keys to values; other keys are absent from the request.
    """

    principal: str
    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    account: str = ""

    @property
    def resource_account(self) -> str:
        """The account that owns the resource."""
        return self.account or _account(self.resource) or _account(self.principal)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True)
class Decision:
    """IAM's decision on a request. ``because`` lists the deciding statements as ``policy/Sid`` or ``policy/#1``."""

    request: Request
    verdict: Verdict
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        reasons = f" by {', '.join(self.because)}" if self.because else ""
        return f"{self.request}: {self.verdict}{reasons}"


def _account(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
