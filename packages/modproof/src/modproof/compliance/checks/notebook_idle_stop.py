"""A notebook instance has a lifecycle configuration, without which nothing stops it when it is idle."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import Present


class NotebookIdleStop(Check):
    """See the module."""

    ID = "MODPROOF_SM_5"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html"
    TITLE = "Ensure SageMaker notebook instances have a lifecycle configuration that stops them when idle"
    TYPES = ("aws_sagemaker_notebook_instance",)
    RULE = Present("lifecycle_config_name")


check = NotebookIdleStop()
