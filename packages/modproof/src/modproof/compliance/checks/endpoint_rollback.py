"""An update of an endpoint is rolled back only if alarms are named."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import Present


class EndpointRollback(Check):
    """See the module."""

    ID = "MODPROOF_SM_1"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html"
    TITLE = "Ensure updates of SageMaker endpoints are rolled back on alarms"
    TYPES = ("aws_sagemaker_endpoint",)
    RULE = Present("deployment_config", "auto_rollback_configuration", "alarms")


check = EndpointRollback()
