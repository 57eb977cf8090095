"""What a scanner did not check: resources that it always checks are an error, others a note."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from modproof.compliance.roots import Root
from modproof.compliance.scanners import RootScan
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import Block, module_blocks

__all__ = ["always_checked", "note", "overlooked"]

_SHOWN_TYPES = 5


@cache
def always_checked() -> Mapping[str, frozenset[str]]:
    """The resource types, by scanner, of which every resource gets a result, whatever its arguments are.

    The table in data/always-checked.json has the types for which tfsec 1.28.14 and checkov 3.3.30 report a passed or
    failed check of a resource without arguments. A type that is only checked together with others is not in it.
    """
    text = resources.files("modproof.compliance").joinpath("data/always-checked.json").read_text(encoding="utf-8")
    return {scanner: frozenset(types) for scanner, types in json.loads(text).items()}


def overlooked(scanner: str, project: Project, roots: Sequence[Root], scans: Sequence[RootScan]) -> Iterator[Problem]:
    """The roots of which the scanner checked nothing, although they have resources that it always checks.

    A resource with ``count`` or ``for_each`` may have no instance, so it does not count.
    """
    known = always_checked().get(scanner, frozenset())
    for root, scan in zip(roots, scans, strict=True):
        if scan.errors or (scan.resources and scan.checks):
            continue
        found = [block for block in _resources(project, root) if block.labels[0] in known and _is_certain(block)]
        if found:
            first = ".".join(found[0].labels[:2])
            text = f"{scanner} checked nothing in this folder, although it has rules for {first}"
            yield Problem(text, Place(root.folder), "run it by hand there to see why")


def note(scanner: str, project: Project, roots: Sequence[Root], scans: Sequence[RootScan]) -> str:
    """Why the scanner had nothing to check in any root; empty if it had."""
    if any(scan.resources and scan.checks for scan in scans):
        return ""
    types = sorted({block.labels[0] for root in roots for block in _resources(project, root)})
    if not types:
        return "nothing to check: there are no resources"
    more = f" and {len(types) - _SHOWN_TYPES} more types" if len(types) > _SHOWN_TYPES else ""
    return f"nothing to check: {scanner} has no rules for {', '.join(types[:_SHOWN_TYPES])}{more}"


def _resources(project: Project, root: Root) -> list[Block]:
    return [block for block in module_blocks(project.root / root.folder, "resource") if block.labels]


def _is_certain(block: Block) -> bool:
    return block.attribute("count") is None and block.attribute("for_each") is None
