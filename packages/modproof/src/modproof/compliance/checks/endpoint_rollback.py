"""An update of an endpoint is rolled back only if alarms are named."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class EndpointRollback(Check):
    """See the module."""

    ID = "MODPROOF_SM_1"
    SEVERITY = "MEDIUM"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html"
    TITLE = "Ensure updates of SageMaker endpoints are rolled back on alarms"
    TYPES = ("aws_sagemaker_endpoint",)
    READ = ("deployment_config/[0]/auto_rollback_configuration/[0]/alarms",)

    def holds(self, conf: dict[str, Any]) -> bool:
        return value(conf, "deployment_config", "auto_rollback_configuration", "alarms") is not None


check = EndpointRollback()
