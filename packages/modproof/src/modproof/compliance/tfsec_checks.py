"""modproof's own rules as custom checks of tfsec, in data/tfsec: those that its language can express.

``python -m modproof.compliance.tfsec_checks`` prints them. Source:
https://aquasecurity.github.io/tfsec/v1.28.14/guides/configuration/custom-checks/
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from modproof.compliance.scanners.checkov_process import one_at_a_time, own_checks
from modproof.core.documents import dump

__all__ = ["PUBLISHED", "render"]

PUBLISHED = Path(__file__).parent / "data" / "tfsec" / "modproof_tfchecks.yaml"
_HEADING = "# Generated from the rules of modproof by `python -m modproof.compliance.tfsec_checks`. Do not edit.\n"
_WIDTH = 120


def render() -> str:
    """The custom checks as YAML, in the order of the rules."""
    with one_at_a_time():
        checks = [check for check in own_checks() if check.RULE is not None]
    checks.sort(key=lambda check: int(check.ID.rpartition("_")[2]))
    return _HEADING + dump({"checks": [_custom_check(check) for check in checks]}, width=_WIDTH)


def _custom_check(check: Any) -> dict[str, Any]:
    return {
        "code": check.ID,
        "description": check.TITLE,
        "requiredTypes": ["resource"],
        "requiredLabels": list(check.TFSEC_TYPES or check.TYPES),
        "severity": check.SEVERITY,
        "matchSpec": check.RULE.match_spec(),
        "errorMessage": check.TITLE,
        "relatedLinks": [check.GUIDE],
    }


if __name__ == "__main__":
    sys.stdout.write(render())
