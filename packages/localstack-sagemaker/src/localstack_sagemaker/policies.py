"""Evaluates a resource policy for access from another account."""

from __future__ import annotations

import fnmatch
import json
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


def allows(policy: str | None, account: str, action: str, resource: str) -> bool:
    """Whether a policy allows an account an action. Conditions are not evaluated; Deny overrides Allow."""
    if not policy:
        return False
    statements = json.loads(policy).get("Statement") or []
    if isinstance(statements, dict):
        statements = [statements]
    matching = [one for one in statements if _matches(one, account, action, resource)]
    if any(one.get("Effect") == "Deny" for one in matching):
        return False
    return any(one.get("Effect") == "Allow" for one in matching)
