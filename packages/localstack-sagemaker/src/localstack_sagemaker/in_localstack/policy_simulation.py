"""Answers IAM's SimulatePrincipalPolicy with the decisions that are enforced.

SageMaker's Python SDK calls it before it starts a job. LocalStack 4.7.0 fails without ResourceArns, and compares no
wildcards or conditions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from localstack.aws.api import RequestContext

from .. import errors
from ..callers import Caller, request_context
from ..directory import Identity, directory
from ..iam.documents import Principal, document
from ..iam.evaluation import Decision, Policies, Request, decide
from .handlers import localstack_error

__all__ = ["install"]


def install() -> None:
    """Replace LocalStack's SimulatePrincipalPolicy for roles and users."""
    from localstack.services.iam.provider import IamProvider
    from localstack.utils.patch import patch

    @patch(IamProvider.simulate_principal_policy)
    def simulate_principal_policy(fn: Any, self: Any, context: RequestContext, *given: Any, **named: Any) -> Any:
        request: Any = context.service_request
        if not any(kind in request["PolicySourceArn"] for kind in (":role/", ":user/")):
            return fn(self, context, *given, **named)
        return _simulate(context.account_id, context.region, request)


def _simulate(account: str, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    source = request["PolicySourceArn"]
    name = source.rpartition("/")[2]
    identity = directory.role(source) if ":role/" in source else directory.user(account, name)
    if identity is None:
        raise localstack_error(errors.failure("NoSuchEntity", f"The entity with ARN {source} cannot be found.", 404))
    policies = _policies(identity, request)
    principal = Principal(source, identity.account, role=source if ":role/" in source else "")
    keys = request_context(region) | Caller(principal, identity, identity.id, tags=identity.tags).context
    keys |= dict(_entries(request.get("ContextEntries") or []))
    results = [
        _result(action, resource, decide(Request(principal, action, resource, keys, account), policies))
        for action in request["ActionNames"]
        for resource in request.get("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _policies(identity: Identity, request: Mapping[str, Any]) -> Policies:
    more = [(f"PolicyInputList.{number}", text) for number, text in enumerate(request.get("PolicyInputList") or [], 1)]
    found = Policies(identity.policies + tuple((name, document(text)) for name, text in more), identity.boundary)
    for text in request.get("PermissionsBoundaryPolicyInputList") or []:
        found = replace(found, boundary=("PermissionsBoundaryPolicyInputList.1", document(text)))
    return replace(found, resource=document(request.get("ResourcePolicy") or _default(identity.account)))


def _default(account: str) -> str:
    """A policy with which the principal's own policies decide, also on keys."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def _entries(entries: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Any]]:
    for one in entries:
        values = list(one.get("ContextKeyValues") or [])
        many = one.get("ContextKeyType", "").endswith("List")
        yield one.get("ContextKeyName", "").lower(), values if many else next(iter(values), None)


def _result(action: str, resource: str, decision: Decision) -> dict[str, Any]:
    found = "allowed" if decision.allowed else "explicitDeny" if decision.explicit else "implicitDeny"
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": found,
        "MatchedStatements": [],
        "MissingContextValues": [],
    }
