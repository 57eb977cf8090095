"""Studio sends its traffic through the VPC."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class StudioNetwork(Check):
    """See the module."""

    ID = "MODPROOF_SM_6"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html"
    TITLE = "Ensure SageMaker domains send traffic through the VPC only"
    TYPES = ("aws_sagemaker_domain",)
    READ = ("app_network_access_type",)

    def holds(self, conf: dict[str, Any]) -> bool:
        return bool(value(conf, "app_network_access_type") == "VpcOnly")


check = StudioNetwork()
