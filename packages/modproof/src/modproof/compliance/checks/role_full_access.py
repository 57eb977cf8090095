"""A role has no managed policy that allows everything in a service."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import AllOf, EndsWith, Not


class RoleFullAccess(Check):
    """See the module."""

    ID = "MODPROOF_SM_4"
    SEVERITY = "HIGH"
    GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
    TITLE = "Ensure IAM roles have no AWS managed policy with full access"
    TYPES = (
        "aws_iam_policy_attachment",
        "aws_iam_role",
        "aws_iam_role_policy_attachment",
        "aws_iam_role_policy_attachments_exclusive",
    )
    RULE = AllOf(
        *(
            Not(EndsWith((argument,), name))
            for argument in ("policy_arn", "policy_arns", "managed_policy_arns")
            for name in ("FullAccess", "/AdministratorAccess", "/PowerUserAccess")
        )
    )
    TFSEC_TYPES = ("aws_iam_policy_attachment", "aws_iam_role_policy_attachment")


check = RoleFullAccess()
