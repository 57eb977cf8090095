"""Checks with the IAM simulator that policies allow all permissions, and that no action in them is superfluous."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modproof.permissions.needed import Permission
from modproof.policies import Policies, Request, Verdict, decide_each

__all__ = ["Check", "denied", "superfluous"]


@dataclass(frozen=True, slots=True)
class Check:
    """The policies for the requests in ``account`` that ``permissions`` are for.

    ``boundary`` is the permissions boundary of the role that has the policies.
    """

    documents: Sequence[Mapping[str, Any]]
    permissions: Sequence[Permission]
    account: str
    boundary: Mapping[str, Any] | None = None


def denied(checks: Iterable[Check]) -> list[Permission]:
    """The permissions that the policies of their check do not allow.

    Raises ConfigurationError for an unknown action, and ToolMissing without the simulator.
    """
    asked = [(check, permission) for check in checks for permission in check.permissions]
    decisions = decide_each(
        (
            _policies(check.documents, permission, check.account, check.boundary),
            _request(permission, check.account),
        )
        for check, permission in asked
    )
    return [
        permission
        for (_, permission), decision in zip(asked, decisions, strict=True)
        if decision.verdict is not Verdict.ALLOWED
    ]


def superfluous(checks: Iterable[Check]) -> list[str]:
    """The actions without which the policies still allow all permissions of all checks.

    Raises as :func:`denied` does.
    """
    found = list(checks)
    actions = sorted({action for check in found for action in _actions(check.documents)})
    asked = [(check, permission) for check in found for permission in check.permissions if permission.action in actions]
    decisions = decide_each(
        (
            _policies([_without(each, permission.action) for each in check.documents], permission, check.account),
            _request(permission, check.account),
        )
        for check, permission in asked
    )
    needed = {
        permission.action
        for (_, permission), decision in zip(asked, decisions, strict=True)
        if decision.verdict is not Verdict.ALLOWED
    }
    return [action for action in actions if action not in needed]


def _actions(documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (action for document in documents for each in document["Statement"] for action in each["Action"])


def _policies(
    documents: Sequence[Mapping[str, Any]],
    permission: Permission,
    account: str,
    boundary: Mapping[str, Any] | None = None,
) -> Policies:
    """The policies that apply to a request. A key's policy leaves the decision to IAM, as AWS's default policy does.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    service = permission.action.partition(":")[0]
    # statements about other services cannot allow or deny the request, and would make it large
    about = [_about(document, service) for document in documents]
    identity = {str(index): document for index, document in enumerate(about) if document["Statement"]}
    if ":key/" not in permission.resource:
        return Policies(identity, boundary)
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return Policies(identity, boundary, resource={"Version": "2012-10-17", "Statement": [statement]})


def _about(document: Mapping[str, Any], service: str) -> dict[str, Any]:
    written = document["Statement"]
    statements = [each for each in (written if isinstance(written, list) else [written]) if _is_about(each, service)]
    return {**document, "Statement": statements}


def _is_about(statement: Mapping[str, Any], service: str) -> bool:
    named = statement.get("Action", "*")
    actions = [named] if isinstance(named, str) else named
    return any(action == "*" or action.startswith(f"{service}:") for action in actions)


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
    if permission.boundary:
        context["iam:PermissionsBoundary"] = permission.boundary
    # a request is for one resource: a name where the permission has a pattern
    resource = permission.resource if permission.resource == "*" else permission.resource.replace("*", "made-up")
    return Request(f"arn:aws:sts::{account}:assumed-role/deployer/session", permission.action, resource, context)
