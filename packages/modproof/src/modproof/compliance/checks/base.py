"""The base of the checks: the rule, and what it reads of a resource in code and in plans."""

from __future__ import annotations

import json
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from modproof.compliance.checks.conditions import Condition

__all__ = ["Check", "statements"]


class Check(BaseResourceCheck):  # type: ignore[misc]
    """A check of resources of the types ``TYPES``. A subclass defines ``RULE``, or ``holds`` and ``READ``."""

    ID = ""
    SEVERITY = ""
    GUIDE = ""
    """The page of the AWS documentation that the rule is based on."""
    TITLE = ""
    TYPES: tuple[str, ...] = ()
    RULE: Condition | None = None
    """What the resource must fulfil. Without it, tfsec cannot check the rule."""
    TFSEC_TYPES: tuple[str, ...] = ()
    """The types that tfsec checks, if they are fewer than ``TYPES``."""
    READ: tuple[str, ...] = ()
    """The arguments that the check reads, if it has no ``RULE``.

    In a plan, a value that is known only after apply leaves the check undecided.
    """

    def __init__(self) -> None:
        super().__init__(
            name=self.TITLE,
            id=self.ID,
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=self.TYPES,
            guideline=self.GUIDE,
        )

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """The result for the arguments ``conf``."""
        paths = self.RULE.paths() if self.RULE else ()
        self.evaluated_keys = [*self.READ, *dict.fromkeys("/[0]/".join(path) for path in paths)]
        return CheckResult.PASSED if self.holds(conf) else CheckResult.FAILED

    def holds(self, conf: dict[str, Any]) -> bool:
        """Whether a resource with these arguments follows the rule."""
        assert self.RULE is not None
        return self.RULE.holds(conf)


def statements(policy: Any) -> list[dict[str, Any]]:
    """The statements of a policy document, as JSON or as an object; none if it cannot be read."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return []
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
