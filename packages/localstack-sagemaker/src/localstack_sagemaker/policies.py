"""Evaluates a resource policy for access from another account."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["allows"]


def _listed(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _listed(value.get("AWS"))
    return [value] if isinstance(value, str) else list(value or [])


def _is_account(principal: str, account: str) -> bool:
    return principal in ("*", account) or f":{account}:" in principal


def _matches(statement: dict[str, Any], account: str, action: str, resource: str) -> bool:
    actions = [one.lower() for one in _listed(statement.get("Action"))]
    resources = [one.lower() for one in _listed(statement.get("Resource"))] or ["*"]
    return (
        any(_is_account(one, account) for one in _listed(statement.get("Principal")))
        and any(fnmatch.fnmatchcase(action.lower(), one) for one in actions)
        and any(fnmatch.fnmatchcase(resource.lower(), one) for one in resources)
    )


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    """Whether one condition holds. An operator that is not known here does not."""
    value = next((found for name, found in context.items() if name.lower() == key.lower()), None)
    if operator == "Null":
        return str(value is None).lower() in [str(one).lower() for one in wanted]
    name = operator.removesuffix("IfExists")
    if name not in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"):
        return False
    if value is None:
        return name != operator or "Not" in name
    found = any(fnmatch.fnmatchcase(value, one) if "Like" in name else value == one for one in wanted)
    return found != ("Not" in name)


def _applies(statement: dict[str, Any], context: Mapping[str, str]) -> bool:
    return all(
        _holds(operator, key, _listed(wanted), context)
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, wanted in keys.items()
    )


def allows(
    policy: str | None, account: str, action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether a policy allows an account an action. `context` has the request's condition keys.

    Deny overrides Allow. The string operators and Null are evaluated; a condition with another operator never holds.
    """
    if not policy:
        return False
    statements = json.loads(policy).get("Statement") or []
    if isinstance(statements, dict):
        statements = [statements]
    matching = [one for one in statements if _matches(one, account, action, resource) and _applies(one, context or {})]
    if any(one.get("Effect") == "Deny" for one in matching):
        return False
    return any(one.get("Effect") == "Allow" for one in matching)
