"""Captured requests of a shadow variant are encrypted with a key."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import AnyOf, Equals, Not, Present


class ShadowCaptureKey(Check):
    """See the module."""

    ID = "MODPROOF_SM_2"
    SEVERITY = "HIGH"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html"
    TITLE = "Ensure captured data of SageMaker endpoints with shadow variants is encrypted with a key"
    TYPES = ("aws_sagemaker_endpoint_configuration",)
    RULE = AnyOf(
        Not(Present("shadow_production_variants")),
        Not(Present("data_capture_config", "enable_capture")),
        Equals(("data_capture_config", "enable_capture"), False),
        Present("data_capture_config", "kms_key_id"),
    )


check = ShadowCaptureKey()
