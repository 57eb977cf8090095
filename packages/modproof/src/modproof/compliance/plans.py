"""Findings in the plans of cases, at the place in the code that they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.compliance.roots import Root
from modproof.compliance.scanners.protocol import PLAN, PlanFinding, PlanScan, RawFinding
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.closure import local_source
from modproof.hcl.reader import Block, read_folder
from modproof.terraform.addresses import without_keys
from modproof.terraform.plan_json import configured_arguments

__all__ = ["CasePlan", "InRoots", "Plans", "in_roots", "scannable"]

_STEP = re.compile(r"[^/.\[\]]+")


@dataclass(frozen=True, slots=True)
class CasePlan:
    """The plan of a case. ``folder`` is the module's, relative to the project.

    ``call`` is the place of the ``module`` block that the case is made of; None for a case that is written elsewhere.
    """

    case: str
    place: Place
    folder: str
    plan: Mapping[str, Any]
    call: Place | None = None

    @property
    def root(self) -> str:
        """The folder that its findings belong to: that of the call, or the module's."""
        return self.folder if self.call is None else Path(self.call.path).parent.as_posix()


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans to scan, and the cases that should be scanned but have none."""

    plans: tuple[CasePlan, ...] = ()
    errors: tuple[Problem, ...] = ()


@dataclass(slots=True)
class InRoots:
    """Failed checks of plans by root. ``undecided`` are those that depend on values known after apply."""

    failed: dict[str, list[RawFinding]] = field(default_factory=dict)
    undecided: dict[str, list[RawFinding]] = field(default_factory=dict)


def scannable(plans: Sequence[CasePlan], roots: Sequence[Root]) -> list[CasePlan]:
    """The plans of folders that are scanned."""
    folders = {root.folder for root in roots}
    return [plan for plan in plans if plan.root in folders]


def in_roots(project: Project, plans: Sequence[CasePlan], scans: Sequence[PlanScan], blocks: BlockIndex) -> InRoots:
    """The failed checks of ``scans``, one for each of ``plans``, as failed checks of roots."""
    found = InRoots()
    for plan, scan in zip(plans, scans, strict=True):
        prefix = "" if plan.call is None else f"module.{_name_of(plan.call, blocks)}."
        for finding in scan.findings:
            place = _place(project, plan.folder, finding.address) or plan.place
            raw = RawFinding(
                finding.rule, place.path, place.line or 1, prefix + finding.address, finding.guideline, PLAN
            )
            part = found.undecided if _is_undecided(plan.plan, finding) else found.failed
            part.setdefault(plan.root, []).append(raw)
    return found


def _name_of(call: Place, blocks: BlockIndex) -> str:
    block = blocks.at(call.path, call.line or 1)
    return block.labels[0] if block and block.labels else "unnamed"


def _place(project: Project, folder: str, address: str) -> Place | None:
    """The block of ``address`` in the module ``folder``; for an address in a remote module, the block that calls it."""
    path, name = project.root / folder, without_keys(address)
    while name.startswith("module."):
        _, called, name = name.split(".", 2)
        found = _block(path, f"module.{called}")
        source = local_source(found[1]) if found else None
        if source is None:
            return _place_of(project, found)
        path = (path / source).resolve()
    return _place_of(project, _block(path, name))


def _block(folder: Path, address: str) -> tuple[Path, Block] | None:
    found = ((file.path, block) for file in read_folder(folder) for block in file.blocks if block.address == address)
    return next(found, None)


def _place_of(project: Project, found: tuple[Path, Block] | None) -> Place | None:
    return Place(project.relative(found[1].origin or found[0]), found[1].line) if found else None


def _is_undecided(plan: Mapping[str, Any], finding: PlanFinding) -> bool:
    """Whether the check read an attribute that the configuration sets to a value known after apply."""
    changes = plan.get("resource_changes") or ()
    change: Mapping[str, Any] = next((each["change"] for each in changes if each["address"] == finding.address), {})
    unknown = change.get("after_unknown") or {}
    expressions = configured_arguments(plan, finding.address)
    return any(_waits(_STEP.findall(path), unknown, expressions) for path in finding.attributes)


def _waits(path: Sequence[str], unknown: Any, expressions: Mapping[str, Any]) -> bool:
    """Whether the value at ``path`` is unknown.

    A whole attribute is also unknown if the provider computes it, so it must be set by a reference.
    """
    if not path:
        return False
    if isinstance(unknown, dict) and unknown.get(path[0]) is True:
        return _has_reference(expressions.get(path[0]))
    return _is_unknown(path, unknown)


def _is_unknown(path: Sequence[str], unknown: Any) -> bool:
    if not path or unknown is True:
        return unknown is True
    if isinstance(unknown, list):
        if path[0] == "*":
            return any(_is_unknown(path[1:], item) for item in unknown)
        if path[0].isdecimal():
            index = int(path[0])
            return index < len(unknown) and _is_unknown(path[1:], unknown[index])
        return any(_is_unknown(path, item) for item in unknown)  # checkov may leave out the index
    return isinstance(unknown, dict) and path[0] in unknown and _is_unknown(path[1:], unknown[path[0]])


def _has_reference(expression: Any) -> bool:
    if isinstance(expression, dict):
        return bool(expression.get("references")) or any(map(_has_reference, expression.values()))
    return isinstance(expression, list) and any(map(_has_reference, expression))
