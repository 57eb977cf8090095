"""A notebook instance runs on a platform that AWS supports. Without an identifier, AWS chooses one."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import AllOf, Not, StartsWith


class NotebookPlatform(Check):
    """See the module."""

    ID = "MODPROOF_SM_3"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html"
    TITLE = "Ensure SageMaker notebook instances run on a supported platform"
    TYPES = ("aws_sagemaker_notebook_instance",)
    RULE = AllOf(*(Not(StartsWith(("platform_identifier",), f"notebook-{name}-")) for name in ("al1", "al2")))


check = NotebookPlatform()
