"""What a caller may do: requests that an assumed role or a user signs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import errors
from .callers import Caller, caller_of, key_of, request_context
from .context_keys import request_keys, resource_keys, resources_of
from .enforcement import enforcement
from .iam.evaluation import Decision
from .others import Context
from .store import store_of

__all__ = ["authorize", "denied", "roles_in"]

_ROLE_MEMBERS = (
    "ClusterRole",
    "DomainExecutionRoleArn",
    "ExecutionRole",
    "ExecutionRoleArn",
    "RoleArn",
    "ValidationRole",
)
"""members with a role that SageMaker assumes"""
_SERVICE = "sagemaker.amazonaws.com"


def authorize(context: Context, operation: str, request: Mapping[str, Any], region: str) -> Caller | None:
    """Return the caller after policies allowed the request, or None if policies do not decide.

    Raises AccessDeniedException for a denied request, and for a role that the caller may not pass.
    """
    if not enforcement.on(context.account_id):
        return None
    caller = caller_of(key_of(context))
    if caller is None:
        return None
    prefix = f"arn:{context.partition}:sagemaker:{region}:{context.account_id}:"
    shared = {**request_context(region), **caller.context}
    keys = {**shared, **request_keys(operation, request, prefix)}
    resources = resources_of(operation, request, prefix)
    for resource in resources:
        existing = _existing(resource, prefix)
        full = {**keys, **existing} if existing else keys
        _require(caller, f"sagemaker:{operation}", resource, full)
        if operation.startswith("Create") and request.get("Tags"):
            # https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
            _require(caller, "sagemaker:AddTags", resource, full | {"sagemaker:taggingaction": operation})
    for role in dict.fromkeys(roles_in(request)):
        passed = {"iam:passedtoservice": _SERVICE, "iam:associatedresourcearn": resources[0]}
        _require(caller, "iam:PassRole", role, {**shared, **passed})
    return caller


def _require(caller: Caller, action: str, resource: str, context: Mapping[str, Any]) -> None:
    # the policy of another account's resource decides where the resource is read
    decision = caller.decide(action, resource, context, caller.principal.account)
    if not decision.allowed:
        raise denied(caller.principal.arn, action, resource, decision)


def denied(principal: str, action: str, resource: str, decision: Decision) -> Exception:
    """AWS's error: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html."""
    return errors.failure(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} {decision.reason}",
    )


def _existing(arn: str, prefix: str) -> dict[str, Any]:
    """The condition keys of a resource that exists. Those of an app are of its space."""
    parts = arn.split(":")
    if len(parts) < 6 or not parts[4]:
        return {}
    store = store_of("sagemaker", parts[4], parts[3])
    record = store.by_arn(arn)
    tags = record.tags if record else {}
    keys: dict[str, Any] = {}
    for key, value in tags.items():
        keys[f"aws:resourcetag/{key.lower()}"] = keys[f"sagemaker:resourcetag/{key.lower()}"] = value
    if parts[5].startswith("app/"):
        record = store.by_arn(f"{prefix}space/{'/'.join(parts[5].split('/')[1:3])}")
    return keys | (resource_keys(record.noun, record.attributes, prefix) if record else {})


def roles_in(value: Any) -> Iterator[str]:
    """The roles that a request passes to SageMaker."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in _ROLE_MEMBERS and isinstance(inner, str) and ":role/" in inner:
                yield inner
            else:
                yield from roles_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from roles_in(inner)
