"""Captured requests of a shadow variant are encrypted with a key."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class ShadowCaptureKey(Check):
    """See the module."""

    ID = "MODPROOF_SM_2"
    SEVERITY = "HIGH"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html"
    TITLE = "Ensure captured data of SageMaker endpoints with shadow variants is encrypted with a key"
    TYPES = ("aws_sagemaker_endpoint_configuration",)
    READ = ("data_capture_config/[0]/kms_key_id",)

    def holds(self, conf: dict[str, Any]) -> bool:
        capture = value(conf, "data_capture_config")
        captured = value(capture, "enable_capture") not in (None, False, "false")
        has_shadow = value(conf, "shadow_production_variants") is not None
        return not (captured and has_shadow) or value(capture, "kms_key_id") is not None


check = ShadowCaptureKey()
