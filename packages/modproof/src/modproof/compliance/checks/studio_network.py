"""Studio sends its traffic through the VPC."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import Equals


class StudioNetwork(Check):
    """See the module."""

    ID = "MODPROOF_SM_6"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html"
    TITLE = "Ensure SageMaker domains send traffic through the VPC only"
    TYPES = ("aws_sagemaker_domain",)
    RULE = Equals(("app_network_access_type",), "VpcOnly")


check = StudioNetwork()
