"""The roles that plan and apply a folder of a tree: their sessions, and the policies that they have."""

from __future__ import annotations

import json
import time
from typing import Any

from modproof.core.environment import AwsKeys
from modproof.core.results import DeployerRole

__all__ = ["read_role", "session_keys"]

_SECONDS = 3600
# the emulator does not verify tokens of OIDC providers
_TOKEN = "modproof"  # noqa: S105


def session_keys(session: Any, arn: str) -> AwsKeys:
    """The keys of a new session of the role ``arn``, as a workflow of GitHub gets them.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html. Raises botocore's
    errors.
    """
    answer = session.client("sts").assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName=f"modproof-{time.time_ns()}", WebIdentityToken=_TOKEN, DurationSeconds=_SECONDS
    )
    keys = answer["Credentials"]
    return AwsKeys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def read_role(session: Any, arn: str) -> DeployerRole:
    """The policies that the role ``arn`` has in the account of ``session``. Raises botocore's errors."""
    iam = session.client("iam")
    name = arn.rpartition("/")[2]
    boundary = iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary")
    policies: dict[str, Any] = {}
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for inline in page["PolicyNames"]:
            policies[inline] = _document(iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"])
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for attached in page["AttachedPolicies"]:
            policies[attached["PolicyName"]] = _managed(iam, attached["PolicyArn"])
    return DeployerRole(policies, _managed(iam, boundary["PermissionsBoundaryArn"]) if boundary else None)


def _managed(iam: Any, arn: str) -> dict[str, Any]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _document(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _document(document: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return parsed
