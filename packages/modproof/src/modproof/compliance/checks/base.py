"""The base of the checks: reads the arguments of a resource, in code and in plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

__all__ = ["Check", "items", "statements", "value"]


class Check(BaseResourceCheck):  # type: ignore[misc]
    """A check of resources of the types ``TYPES``. A subclass defines ``holds``."""

    ID = ""
    SEVERITY = ""
    GUIDE = ""
    """The page of the AWS documentation that the rule is based on."""
    TITLE = ""
    TYPES: tuple[str, ...] = ()
    READ: tuple[str, ...] = ()
    """The paths of the values that the check reads. In a plan, one that is known after apply leaves it undecided."""

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
        self.evaluated_keys = list(self.READ)
        return CheckResult.PASSED if self.holds(conf) else CheckResult.FAILED

    def holds(self, conf: dict[str, Any]) -> bool:
        """Whether a resource with these arguments follows the rule."""
        raise NotImplementedError


def items(conf: Any, *path: str) -> Iterator[Any]:
    """Every value at ``path``. Nested blocks are mappings or lists of them; checkov wraps values in lists."""
    if isinstance(conf, list):
        for item in conf:
            yield from items(item, *path)
    elif not path:
        if conf not in (None, "", "null"):
            yield conf
    elif isinstance(conf, dict):
        yield from items(conf.get(path[0]), *path[1:])


def value(conf: Any, *path: str) -> Any:
    """The first value at ``path``, or None."""
    return next(items(conf, *path), None)


def statements(policy: Any) -> list[dict[str, Any]]:
    """The statements of a policy document, as JSON or as an object; none if it cannot be read."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return []
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
