"""IAM's decision on a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and, for messages,
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .documents import Document, Principal
from .patterns import Context

__all__ = ["Decision", "Policies", "Request", "decide"]

_NEEDS_RESOURCE_POLICY = ("kms:", "sts:assumerole")
"""An identity-based policy alone allows nothing: the key policy or the trust policy must allow it, or delegate."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that apply to a request. `identity` has a name for each; a `session` may have several."""

    identity: tuple[tuple[str, Document], ...] = ()
    boundary: tuple[str, Document] | None = None
    session: tuple[tuple[str, Document], ...] | None = None
    resource: Document | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a principal. `account` owns the resource."""

    principal: Principal
    action: str
    resource: str
    context: Context
    account: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`allowed`, or why not: `explicit` if a Deny statement matches, and the end of AWS's message in `reason`."""

    allowed: bool
    explicit: bool = False
    reason: str = ""


def decide(request: Request, policies: Policies) -> Decision:
    """Decide on a request if exactly these policies apply."""
    for kind, name, found in _by_kind(policies):
        denying = found.matching(request.action, request.resource, request.context, allows=False)
        if denying:
            article = "an" if kind == "identity-based" else "a"
            return Decision(False, True, f"with an explicit deny in {article} {kind} policy: {name}/{denying.name}")
    grants: set[str] = set()
    if policies.resource:
        arguments = (request.principal, request.action, request.resource, request.context)
        refusal = policies.resource.denying(*arguments)
        if refusal:
            return Decision(False, True, f"with an explicit deny in a resource-based policy: {refusal.name}")
        grants = policies.resource.granting(*arguments)
    lacking = _lacking(request, policies, grants)
    return Decision(False, False, _no_policy(request, lacking)) if lacking else Decision(True)


def _by_kind(policies: Policies) -> Iterator[tuple[str, str, Document]]:
    for name, found in policies.identity:
        yield "identity-based", name, found
    if policies.boundary:
        yield "permissions boundary", *policies.boundary
    for name, found in policies.session or ():
        yield "session", name, found


def _lacking(request: Request, policies: Policies, grants: set[str]) -> str:
    """The kind of policy that must allow the request and does not; empty if it is allowed."""
    direct = bool(grants & {"self", "any"})
    if request.principal.service:
        return "" if direct else "resource-based policy"
    own = _own_lacking(request, policies)
    if request.account != request.principal.account:
        return own or ("" if grants else "resource-based policy")
    if direct:
        return ""
    if "role" in grants:
        # a grant to the role replaces its identity-based policies, but not its boundary and the session's policies
        return own if own not in ("", "identity-based policy") else _own_lacking(request, policies, identity=False)
    if request.action.lower().startswith(_NEEDS_RESOURCE_POLICY) and not grants:
        return "resource-based policy"
    return own


def _own_lacking(request: Request, policies: Policies, *, identity: bool = True) -> str:
    def allowed(found: Document) -> bool:
        return found.matching(request.action, request.resource, request.context, allows=True) is not None

    if identity and not any(allowed(found) for _, found in policies.identity):
        return "identity-based policy"
    if policies.boundary and not allowed(policies.boundary[1]):
        return "permissions boundary"
    if policies.session is not None and not any(allowed(found) for _, found in policies.session):
        return "session policy"
    return ""


def _no_policy(request: Request, lacking: str) -> str:
    return f"because no {lacking} allows the {request.action} action"
