"""A monitoring job has a time limit."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, value


class JobLimit(Check):
    """See the module."""

    ID = "MODPROOF_SM_7"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MonitoringStoppingCondition.html"
    TITLE = "Ensure SageMaker monitoring jobs have a time limit"
    TYPES = ("aws_sagemaker_data_quality_job_definition",)
    READ = ("stopping_condition/[0]/max_runtime_in_seconds",)

    def holds(self, conf: dict[str, Any]) -> bool:
        return value(conf, "stopping_condition", "max_runtime_in_seconds") is not None


check = JobLimit()
