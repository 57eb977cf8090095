"""A notebook instance has a lifecycle configuration, without which nothing stops it when it is idle."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class NotebookIdleStop(Check):
    """See the module."""

    ID = "MODPROOF_SM_5"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html"
    TITLE = "Ensure SageMaker notebook instances have a lifecycle configuration that stops them when idle"
    TYPES = ("aws_sagemaker_notebook_instance",)
    READ = ("lifecycle_config_name",)

    def holds(self, conf: dict[str, Any]) -> bool:
        return value(conf, "lifecycle_config_name") is not None


check = NotebookIdleStop()
