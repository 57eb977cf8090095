"""Policy documents, parsed once per text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from .conditions import Condition, parse_conditions
from .patterns import Context, matches, resource_matches, substituted

__all__ = ["Document", "Principal", "Statement", "document"]

_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request: the ARN in messages, the account, and the other names that policies use for it.

    `role` is the ARN of the role of a session, empty for others. `service` is the name of an AWS service. `whole` is an
    account with all its principals: each of their names is one of this principal.
    """

    arn: str
    account: str
    role: str = ""
    service: str = ""
    whole: bool = False

    def named_as(self, kind: str, value: str) -> str:
        """How a principal in a policy names this one: `any`, `account`, `role`, `self`, or empty if it does not."""
        if value == "*" and kind in ("AWS", "*"):
            return "any"
        if kind == "Service":
            return "self" if self.service and value == self.service else ""
        if kind != "AWS" or self.service:
            return ""
        in_account = value.split(":")[4:5] == [self.account]
        if value == self.account or (in_account and (self.whole or value.endswith(":root"))):
            return "account"
        if self.role and value == self.role:
            return "role"
        return "self" if value == self.arn else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `name` is its Sid, or its number as `#1`."""

    name: str
    allows: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...]
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: tuple[tuple[str, str], ...] | None
    not_principals: tuple[tuple[str, str], ...] | None
    conditions: tuple[Condition, ...]
    with_variables: bool

    def covers(self, action: str, resource: str, context: Context) -> bool:
        """Whether action, resource and conditions match."""
        return self._has_action(action) and self._applies(resource, context)

    def _applies(self, resource: str, context: Context) -> bool:
        if not self._has_resource(resource, context):
            return False
        return not self.conditions or all(one.holds(context) for one in self.conditions)

    def _has_action(self, action: str) -> bool:
        if self.actions is None:
            return not any(matches(one, action, ignore_case=True) for one in self.not_actions)
        return any(matches(one, action, ignore_case=True) for one in self.actions)

    def _has_resource(self, resource: str, context: Context) -> bool:
        if self.resources == ("*",):
            return True
        if self.resources is not None:
            return self._matches(self.resources, resource, context)
        if self.not_resources is not None:
            return not self._matches(self.not_resources, resource, context)
        return True

    def _matches(self, patterns: tuple[str, ...], resource: str, context: Context) -> bool:
        """Whether a pattern matches. One with a variable without a value matches no resource.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
        """
        for pattern in patterns:
            filled = substituted(pattern, context) if self.with_variables else pattern
            if filled is not None and resource_matches(filled, resource):
                return True
        return False

    def names(self, principal: Principal) -> str:
        """How the statement names a principal, see `Principal.named_as`; the most specific way."""
        if self.not_principals is not None:
            excluded = any(principal.named_as(kind, value) for kind, value in self.not_principals)
            return "" if excluded else "any"
        found = {principal.named_as(kind, value) for kind, value in self.principals or ()}
        return next((one for one in ("self", "any", "role", "account") if one in found), "")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed policy."""

    statements: tuple[Statement, ...]
    _by_action: dict[tuple[str, bool], tuple[Statement, ...]] = field(default_factory=dict, repr=False, compare=False)
    """action and effect → the statements that have both"""

    def matching(self, action: str, resource: str, context: Context, *, allows: bool) -> Statement | None:
        """The first statement with this effect that matches, whatever its principals."""
        candidates = self._by_action.get((action, allows))
        if candidates is None:
            candidates = tuple(one for one in self.statements if one.allows is allows and one._has_action(action))
            self._by_action[action, allows] = candidates
        return next((one for one in candidates if one._applies(resource, context)), None)

    def denying(self, principal: Principal, action: str, resource: str, context: Context) -> Statement | None:
        """The first Deny statement of a resource-based policy that matches."""
        for one in self.statements:
            if not one.allows and one.names(principal) and one.covers(action, resource, context):
                return one
        return None

    def granting(self, principal: Principal, action: str, resource: str, context: Context) -> set[str]:
        """The ways in which Allow statements of a resource-based policy name the principal for this request."""
        return {
            how
            for one in self.statements
            if one.allows and (how := one.names(principal)) and one.covers(action, resource, context)
        }


@lru_cache(maxsize=4096)
def document(text: str) -> Document:
    """Parse a policy. Services return it as JSON, or URL-encoded.

    AWS stores no policy that is malformed, but other emulators do: it allows and denies nothing.
    """
    try:
        return _document(json.loads(unquote(text) if text.startswith("%7B") else text))
    except (AttributeError, RecursionError, TypeError, ValueError):
        return Document(())


def _document(parsed: Any) -> Document:
    statements = parsed.get("Statement") or []
    if isinstance(statements, dict):
        statements = [statements]
    with_variables = parsed.get("Version") == _WITH_VARIABLES
    return Document(tuple(_statement(one, number, with_variables) for number, one in enumerate(statements, 1)))


def _statement(one: Mapping[str, Any], number: int, with_variables: bool) -> Statement:
    return Statement(
        name=one.get("Sid") or f"#{number}",
        allows=one.get("Effect") == "Allow",
        actions=_listed(one["Action"]) if "Action" in one else None,
        not_actions=_listed(one.get("NotAction")),
        resources=_listed(one["Resource"]) if "Resource" in one else None,
        not_resources=_listed(one["NotResource"]) if "NotResource" in one else None,
        principals=_principals(one["Principal"]) if "Principal" in one else None,
        not_principals=_principals(one["NotPrincipal"]) if "NotPrincipal" in one else None,
        conditions=parse_conditions(one.get("Condition") or {}, with_variables=with_variables),
        with_variables=with_variables,
    )


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value or ()))


def _principals(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        return (("*", value),)
    return tuple((kind, one) for kind, ones in value.items() for one in _listed(ones))
