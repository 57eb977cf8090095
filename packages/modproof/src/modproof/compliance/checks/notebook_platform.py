"""A notebook instance runs on a platform that AWS supports. Without an identifier, AWS chooses one."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class NotebookPlatform(Check):
    """See the module."""

    ID = "MODPROOF_SM_3"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-al2.html"
    TITLE = "Ensure SageMaker notebook instances run on a supported platform"
    TYPES = ("aws_sagemaker_notebook_instance",)
    READ = ("platform_identifier",)

    def holds(self, conf: dict[str, Any]) -> bool:
        platform = str(value(conf, "platform_identifier") or "")
        return not platform.startswith(("notebook-al1-", "notebook-al2-"))


check = NotebookPlatform()
