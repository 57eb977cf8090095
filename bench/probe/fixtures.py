"""The probe's configurations by resource, so that a failing one can be removed with its dependents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

__all__ = ["FIXTURES", "Fixture", "import_id", "type_of"]

FIXTURES = Path("packages/localstack-sagemaker/tests/terraform")
"""Relative to the project's root; one folder per Terraform root."""

SETTINGS = "versions.tf"
"""The file of a root that contains no resource."""

_BLOCK = re.compile(r'^resource "(\w+)" "(\w+)" \{\n.*?^\}\n', re.DOTALL | re.MULTILINE)
_REFERENCE = re.compile(r"\b(aws_\w+\.\w+)\b")


@dataclass(frozen=True, slots=True)
class Fixture:
    """One Terraform root: ``blocks`` by resource address, and ``settings`` shared by all of them.

    The configuration has two variables: ``account``, and ``step``, which is 1 to create everything and 2 to update in
    place.
    """

    name: str
    settings: str
    blocks: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path) -> Fixture:
        """Read the fixture in ``folder``; blocks must end in column 1, as formatted by ``terraform fmt``."""
        settings, blocks = "", dict[str, str]()
        for path in sorted(folder.glob("*.tf")):
            text = path.read_text(encoding="utf-8")
            blocks |= {f"{match[1]}.{match[2]}": match[0] for match in _BLOCK.finditer(text)}
            if path.name == SETTINGS:
                settings = text
        return cls(folder.name, settings, blocks)

    @property
    def types(self) -> set[str]:
        """The resource types in the fixture."""
        return set(map(type_of, self.blocks))

    def of_types(self, types: Iterable[str]) -> Fixture:
        """Return the fixture with only the resources of ``types`` and their dependencies."""
        wanted = {address for address in self.blocks if type_of(address) in set(types)}
        while more := {need for address in wanted for need in self._needs(address)} - wanted:
            wanted |= more
        return self._only(wanted)

    def without(self, addresses: Iterable[str]) -> Fixture:
        """Return the fixture without ``addresses`` and their dependents."""
        gone = set(addresses)
        while more := {address for address in self.blocks if self._needs(address) & gone} - gone:
            gone |= more
        return self._only(set(self.blocks) - gone)

    def write(self, folder: Path) -> None:
        """Write the configuration, one file per resource, so that a diagnostic's file identifies the resource."""
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.tf"):
            stale.unlink()
        (folder / SETTINGS).write_text(self.settings, encoding="utf-8")
        for address, text in self.blocks.items():
            (folder / f"{address}.tf").write_text(text, encoding="utf-8")

    def _needs(self, address: str) -> set[str]:
        return {
            found for found in _REFERENCE.findall(self.blocks[address]) if found in self.blocks and found != address
        }

    def _only(self, addresses: set[str]) -> Fixture:
        return replace(self, blocks={address: text for address, text in self.blocks.items() if address in addresses})


def type_of(address: str) -> str:
    """Return the resource type of a root module address."""
    return address.partition(".")[0]


def _scaling(*more: str) -> Callable[[Mapping[str, Any]], str]:
    names = ("service_namespace", "resource_id", "scalable_dimension", *more)
    return lambda state: "/".join(state[name] for name in names)


_IMPORT_IDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "aws_appautoscaling_policy": _scaling("name"),
    "aws_appautoscaling_target": _scaling(),
    "aws_cloudwatch_event_target": lambda state: f"{state['rule']}/{state['target_id']}",
    "aws_iam_role_policy_attachment": lambda state: f"{state['role']}/{state['policy_arn']}",
    "aws_lambda_permission": lambda state: f"{state['function_name']}/{state['statement_id']}",
    "aws_route": lambda state: f"{state['route_table_id']}_{state['destination_cidr_block']}",
    "aws_route_table_association": lambda state: f"{state['subnet_id']}/{state['route_table_id']}",
    "aws_security_group_rule": lambda state: "_".join(
        str(part)
        for part in (
            *(state[name] for name in ("security_group_id", "type", "protocol", "from_port", "to_port")),
            *state["cidr_blocks"],
        )
    ),
}


def import_id(address: str, state: Mapping[str, Any]) -> str:
    """Return a resource's ID for ``terraform import``: its ``id``, with the documented exceptions."""
    make = _IMPORT_IDS.get(type_of(address))
    return make(state) if make else str(state["id"])


def import_blocks(states: Mapping[str, Mapping[str, Any]]) -> str:
    """Return ``import`` blocks in Terraform's JSON syntax for resources by address."""
    blocks = [{"to": address, "id": import_id(address, state)} for address, state in states.items()]
    return json.dumps({"import": blocks}, indent=1)
