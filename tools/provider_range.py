"""Checks Terraform code against the schemas of both ends of its provider range, from docs/provider-schemas.json.

An argument, block or attribute that an end lacks is a problem, unless a gate in tests/provider-gates.yaml says that the
module requires a later provider. A gate holds only for a module whose own versions.tf excludes the floor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from modproof.plan.constraints import VersionRange
from modproof.plan.requirements import Requirement, requirements
from tools.provider_schemas import PAGE, ROOT, Schema, schema_at
from tools.provider_usage import Usage, uses

__all__ = ["GATES", "Gate", "Range", "gates", "load", "problems", "required_range"]

GATES = ROOT / "tests" / "provider-gates.yaml"


@dataclass(frozen=True, slots=True)
class Range:
    """The schemas of both ends by type, and the ends' provider versions: ``{"floor": "5.99.1", …}``."""

    versions: Mapping[str, str]
    schemas: Mapping[str, Mapping[str, Schema]]

    @property
    def constraint(self) -> str:
        """The ``version`` of a module: from the floor, up to the next major version after the newest."""
        major = int(self.versions["newest"].partition(".")[0])
        return f">= {self.versions['floor']}, < {major + 1}.0"


@dataclass(frozen=True, slots=True)
class Gate:
    """``path`` of ``type`` exists since provider ``since``, and ``folder`` (``modules/notebook``) uses it knowingly."""

    folder: str
    type: str
    path: str
    since: str
    reason: str


def load(page: Path = PAGE) -> Range:
    """The schemas in the page. Raises OSError without it."""
    content = json.loads(page.read_text(encoding="utf-8"))
    versions = {end: source["provider"] for end, source in content["ends"].items()}
    schemas = {
        end: {name: schema_at(end, entry) for name, entry in content["types"].items()} for end in content["ends"]
    }
    return Range(versions, schemas)


def gates(file: Path = GATES) -> list[Gate]:
    """The gates in a file. Raises TypeError if an entry lacks a key or has an unknown one."""
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return [Gate(**{key: str(value) for key, value in entry.items()}) for entry in content.get("gates") or []]


def required_range(folder: Path) -> str:
    """The ``version`` that a folder requires of hashicorp/aws; empty without one."""
    return ", ".join(each.constraint for each in _requirements(folder) if each.constraint)


def _requirements(folder: Path) -> list[Requirement]:
    return [each for each in requirements([folder]) if each.provider == "hashicorp/aws"]


def problems(folder: Path, root: Path, range_: Range, allowed: Sequence[Gate] = ()) -> Iterator[str]:
    """What the code in ``folder`` uses that an end lacks, one message each, and its gates that are wrong."""
    name = folder.relative_to(root).as_posix()
    own = [gate for gate in allowed if gate.folder == name]
    required = required_range(folder)
    used: set[Gate] = set()
    for usage in uses(folder):
        gate = next((gate for gate in own if gate.type == usage.type and _covers(gate, usage)), None)
        for end, version in range_.versions.items():
            missing = _missing(usage, range_.schemas[end])
            if missing and gate is not None and end == "floor":
                used.add(gate)
            elif missing:
                place = f"{usage.file.relative_to(root).as_posix()}:{usage.line}"
                yield f"{place}: {missing} in provider {version}, which {required or 'no version constraint'} allows"
    for gate in own:
        if gate not in used:
            yield f"{GATES.name}: the gate of {gate.type} {gate.path} in {name} is not needed; remove it"
        elif not _excludes_older(required, gate.since):
            yield (
                f"{name}/versions.tf: {gate.type} {gate.path} needs provider {gate.since} or newer, but "
                f'{required} allows older ones; require ">= {gate.since}, ..." in this module'
            )


def _covers(gate: Gate, usage: Usage) -> bool:
    return usage.path == gate.path or usage.path.startswith(f"{gate.path}.")


def _excludes_older(required: str, since: str) -> bool:
    return VersionRange.of([required]).lowest >= VersionRange.of([f">= {since}"]).lowest


def _missing(usage: Usage, schemas: Mapping[str, Schema]) -> str:
    """What of a usage a provider lacks; empty if nothing."""
    schema = schemas.get(usage.type)
    if schema is None:
        return f"{usage.type} is unknown; run python -m tools.provider_schemas: not found"
    kind = schema.get(usage.path) or _inside(schema, usage)
    if kind is None:
        return f"{usage.type} has no {_NAMES[usage.kind]} {usage.path}"
    # the argument syntax is valid for a block that Terraform treats as an attribute, such as ingress = []
    if usage.kind == "blocks" and kind != "blocks":
        return f"{usage.type} has no block {usage.path}, but an {_NAMES[kind]} of that name,"
    if usage.kind == "arguments" and kind == "attributes":
        return f"{usage.type} has no argument {usage.path}, but a read-only attribute of that name,"
    return ""


_NAMES: Mapping[str, str] = {"arguments": "argument", "blocks": "block", "attributes": "attribute"}


def _inside(schema: Schema, usage: Usage) -> str | None:
    """The kind of the map or the untyped value that ``usage`` reads a part of, such as ``tags.owner``."""
    parent = usage.path.rpartition(".")[0]
    while parent:
        if parent in schema:
            leaf = not any(path.startswith(f"{parent}.") for path in schema)
            return schema[parent] if leaf and usage.kind == "attributes" else None
        parent = parent.rpartition(".")[0]
    return None
