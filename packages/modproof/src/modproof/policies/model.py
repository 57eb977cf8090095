"""Who asks for what under which policies, and what IAM answers: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Decision", "Policies", "Request", "Verdict"]

ContextValue = str | bool | int | list[str]
"""A context key's value; a list for a key that has several, such as ``sagemaker:VpcSubnets``."""


class Verdict(StrEnum):
    """What IAM answers. Only the first lets the request through."""

    ALLOWED = "allowed"
    IMPLICITLY_DENIED = "implicitly denied"
    """No statement allows it: another policy could."""
    EXPLICITLY_DENIED = "explicitly denied"
    """A Deny statement matches: no other policy can allow it."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that one request meets, each a parsed document (``{"Version": …, "Statement": …}``).

    ``identity`` are those of the principal, by name; ``boundary`` is its permissions boundary, ``resource`` the policy
    of the resource (bucket policy, key policy, trust policy).
    """

    identity: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boundary: Mapping[str, Any] | None = None
    resource: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One API call as IAM sees it.

    ``principal`` is a service principal or the caller's ARN, for a role that of its session:
    ``arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION``. ``resource`` is the ARN that it goes to, ``*`` for actions that
    know no resource. ``account`` owns the resource, 12 digits; by default the account in the resource's ARN, else the
    principal's. ``context`` holds condition keys and their values; what is not in it is missing from the request.
    """

    principal: str
    action: str
    resource: str = "*"
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    account: str = ""

    @property
    def resource_account(self) -> str:
        """Whose the resource is."""
        return self.account or _account(self.resource) or _account(self.principal)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a request. ``because`` names the statements that decided, as ``policy/Sid`` (or ``policy/#1``)."""

    request: Request
    verdict: Verdict
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        reasons = f" by {', '.join(self.because)}" if self.because else ""
        return f"{self.request}: {self.verdict}{reasons}"


def _account(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
