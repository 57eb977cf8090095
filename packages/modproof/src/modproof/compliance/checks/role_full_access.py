"""A role has no managed policy that allows everything in a service."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, items


class RoleFullAccess(Check):
    """See the module."""

    ID = "MODPROOF_SM_4"
    SEVERITY = "HIGH"
    GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
    TITLE = "Ensure IAM roles have no AWS managed policy with full access"
    TYPES = (
        "aws_iam_role",
        "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachments_exclusive",
    )
    READ = (
        "policy_arn",
        "policy_arns",
        "managed_policy_arns",
    )

    def holds(self, conf: dict[str, Any]) -> bool:
        arns = [str(arn) for key in ("policy_arn", "policy_arns", "managed_policy_arns") for arn in items(conf, key)]
        return not any(arn.endswith(("FullAccess", "/AdministratorAccess", "/PowerUserAccess")) for arn in arns)


check = RoleFullAccess()
