"""Write the resources and condition keys of SageMaker's actions for localstack-sagemaker.

Usage: python -m tools.authorization

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html, as the packages of
the policy simulator contain it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from modproof.policies import service_actions

__all__ = ["TARGET", "render"]

TARGET = Path("packages/localstack-sagemaker/src/localstack_sagemaker/authorization.json")
_PREFIX = "arn:${Partition}:sagemaker:${Region}:${Account}:"


def render() -> str:
    """The file's text: a line for each action that has a resource or a condition key."""
    lines = []
    for name, action in sorted(service_actions("sagemaker").items()):
        resources = [
            [one.arn.removeprefix(_PREFIX), one.required]
            for one in action.resource_types
            if one.arn.startswith(_PREFIX)
        ]
        required = [arn for arn, needed in resources if needed]
        entry = {"keys": sorted(action.condition_keys), "resources": required or [arn for arn, _ in resources]}
        # an action on any kind of resource, such as AddTags, has its ARN in the request
        if len(entry["resources"]) > _MANY:
            entry["resources"] = []
        lines.append(f"{json.dumps(name.partition(':')[2])}: {json.dumps(entry)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


_MANY = 8


def main() -> int:
    """Write the file."""
    TARGET.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
