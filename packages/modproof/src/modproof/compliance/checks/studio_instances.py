"""Users of Studio cannot choose every instance type."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class StudioInstances(Check):
    """See the module."""

    ID = "MODPROOF_SM_9"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StudioWebPortalSettings.html"
    TITLE = "Ensure SageMaker domains hide instance types from their users"
    TYPES = ("aws_sagemaker_domain",)
    READ = ("default_user_settings/[0]/studio_web_portal_settings/[0]/hidden_instance_types",)

    def holds(self, conf: dict[str, Any]) -> bool:
        settings = value(conf, "default_user_settings", "studio_web_portal_settings")
        return value(settings, "hidden_instance_types") is not None


check = StudioInstances()
