"""A model package group is open to named accounts and roles, not to everyone, also not to a whole organization."""

from __future__ import annotations

from typing import Any

from modproof.compliance.checks.base import Check, statements
from modproof.compliance.checks.conditions import items, value


class PackageGroupPolicy(Check):
    """See the module."""

    ID = "MODPROOF_SM_8"
    SEVERITY = "HIGH"
    GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy-xaccount.html"
    TITLE = "Ensure policies of SageMaker model package groups name their principals"
    TYPES = ("aws_sagemaker_model_package_group_policy",)
    READ = ("resource_policy",)

    def holds(self, conf: dict[str, Any]) -> bool:
        allowed = [each for each in statements(value(conf, "resource_policy")) if each.get("Effect") == "Allow"]
        return not any("*" in (each.get("Principal"), *items(each, "Principal", "AWS")) for each in allowed)


check = PackageGroupPolicy()
