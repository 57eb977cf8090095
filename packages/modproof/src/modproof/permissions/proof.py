"""Checks with the IAM simulator that policies allow all permissions, and that no action in them is superfluous."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modproof.permissions.needed import Permission
from modproof.policies import Policies, Request, Verdict, decide_each

__all__ = ["denied", "superfluous"]


def denied(documents: Sequence[Mapping[str, Any]], permissions: Sequence[Permission], account: str) -> list[Permission]:
    """The permissions that the policies do not allow.

    Raises ConfigurationError for an unknown action, and ToolMissing without the simulator.
    """
    decisions = decide_each(
        (_policies(documents, permission, account), _request(permission, account)) for permission in permissions
    )
    return [
        permission
        for permission, decision in zip(permissions, decisions, strict=True)
        if decision.verdict is not Verdict.ALLOWED
    ]


def superfluous(documents: Sequence[Mapping[str, Any]], permissions: Sequence[Permission], account: str) -> list[str]:
    """The actions without which the policies still allow all permissions.

    Raises as :func:`denied` does.
    """
    actions = sorted({action for document in documents for each in document["Statement"] for action in each["Action"]})
    asked: list[tuple[str, Permission]] = [
        (action, permission) for action in actions for permission in permissions if permission.action == action
    ]
    without = {action: [_without(document, action) for document in documents] for action in actions}
    decisions = decide_each(
        (_policies(without[action], permission, account), _request(permission, account)) for action, permission in asked
    )
    needed = {
        action
        for (action, _), decision in zip(asked, decisions, strict=True)
        if decision.verdict is not Verdict.ALLOWED
    }
    return [action for action in actions if action not in needed]


def _policies(documents: Sequence[Mapping[str, Any]], permission: Permission, account: str) -> Policies:
    """The policies that apply to a request. A key's policy leaves the decision to IAM, as AWS's default policy does.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    identity = {str(index): document for index, document in enumerate(documents)}
    if ":key/" not in permission.resource:
        return Policies(identity)
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return Policies(identity, resource={"Version": "2012-10-17", "Statement": [statement]})


def _without(document: Mapping[str, Any], action: str) -> dict[str, Any]:
    kept = [
        {**statement, "Action": [each for each in statement["Action"] if each != action]}
        for statement in document["Statement"]
    ]
    return {**document, "Statement": [statement for statement in kept if statement["Action"]]}


def _request(permission: Permission, account: str) -> Request:
    context: dict[str, Any] = {}
    if permission.passed_to:
        context["iam:PassedToService"] = permission.passed_to
    if permission.region and permission.resource == "*":
        context["aws:RequestedRegion"] = permission.region
    # a request is for one resource: a name where the permission has a pattern
    resource = permission.resource if permission.resource == "*" else permission.resource.replace("*", "made-up")
    return Request(f"arn:aws:sts::{account}:assumed-role/deployer/session", permission.action, resource, context)
