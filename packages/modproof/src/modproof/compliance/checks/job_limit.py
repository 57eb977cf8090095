"""A job that Terraform starts or schedules has a time limit."""

from __future__ import annotations

from modproof.compliance.checks.base import Check
from modproof.compliance.checks.conditions import AnyOf, Present

_LIMIT = ("stopping_condition", "max_runtime_in_seconds")


class JobLimit(Check):
    """See the module."""

    ID = "MODPROOF_SM_7"
    SEVERITY = "LOW"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html"
    TITLE = "Ensure SageMaker jobs have a time limit"
    TYPES = (
        "aws_sagemaker_data_quality_job_definition",
        "aws_sagemaker_hyper_parameter_tuning_job",
        "aws_sagemaker_model_quality_job_definition",
        "aws_sagemaker_monitoring_schedule",
        "aws_sagemaker_training_job",
    )
    RULE = AnyOf(
        Present(*_LIMIT),
        Present("config", "resource_limits", "max_runtime_in_seconds"),
        Present("training_job_definition", *_LIMIT),
        Present("training_job_definitions", *_LIMIT),
        Present("monitoring_schedule_config", "monitoring_job_definition_name"),  # which has the limit
        Present("monitoring_schedule_config", "monitoring_job_definition", *_LIMIT),
    )


check = JobLimit()
