"""Users of Studio cannot choose every instance type."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import Present


class StudioInstances(Check):
    """See the module."""

    ID = "MODPROOF_SM_9"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StudioWebPortalSettings.html"
    TITLE = "Ensure SageMaker domains hide instance types from their users"
    TYPES = ("aws_sagemaker_domain",)
    RULE = Present("default_user_settings", "studio_web_portal_settings", "hidden_instance_types")


check = StudioInstances()
