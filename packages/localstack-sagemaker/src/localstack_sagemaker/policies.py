"""Whether a resource policy allows access from another account."""

from __future__ import annotations

from collections.abc import Mapping

from .iam.documents import Principal, document

__all__ = ["allows"]


def allows(
    policy: str | None, principal: Principal, action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether a policy allows a principal an action. `context` has the request's condition keys."""
    if not policy:
        return False
    found = document(policy)
    request = (principal, action, resource, {key.lower(): value for key, value in (context or {}).items()})
    return bool(found.granting(*request)) and found.denying(*request) is None
