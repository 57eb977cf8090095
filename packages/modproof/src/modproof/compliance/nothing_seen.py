"""What a scanner did not check: resources that it always checks are an error, others a note."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

from modproof.compliance.roots import Root
from modproof.compliance.scanners import RootScan
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.hcl.reader import Block, TerraformFile, module_blocks, read_files, read_folder

__all__ = ["always_checked", "note", "overlooked", "unchecked"]

_SHOWN_TYPES = 5
_SHOWN_OBJECTS = 10
_CHECKED = frozenset({"data", "module", "provider", "resource"})


@cache
def always_checked() -> Mapping[str, frozenset[str]]:
    """The resource types, by scanner, of which every resource gets a result, whatever its arguments are.

    The table in data/always-checked.json has the types for which tfsec 1.28.14 and checkov 3.3.30 report a passed or
    failed check of a resource without arguments. A type that is only checked together with others is not in it.
    """
    text = resources.files("modproof.compliance").joinpath("data/always-checked.json").read_text(encoding="utf-8")
    return {scanner: frozenset(types) for scanner, types in json.loads(text).items()}


def overlooked(scanner: str, project: Project, roots: Sequence[Root], scans: Sequence[RootScan]) -> Iterator[Problem]:
    """The files of which the scanner checked nothing, although they have resources that it always checks.

    A file that is not valid may have such resources. A resource with ``count`` or ``for_each`` may have no instance, so
    it does not count. Files in ``errors`` of a scan are not repeated.
    """
    known = always_checked().get(scanner, frozenset())
    for root, scan in zip(roots, scans, strict=True):
        seen = scan.files | {error.place.path for error in scan.errors if error.place}
        if root.folder not in seen:
            for file in read_folder(project.root / root.folder):
                path = project.relative(file.path)
                if path not in seen:
                    yield from _unseen(scanner, path, file, known)


def _unseen(scanner: str, path: str, file: TerraformFile, known: Container[str]) -> Iterator[Problem]:
    if file.error is not None:
        yield Problem(f"{scanner} checked nothing in this file: {file.error}", Place(path, file.error.line))
        return
    found = [block for block in file.blocks if _is_resource(block) and block.labels[0] in known and _is_certain(block)]
    if found:
        text = f"{scanner} checked nothing in this file, although it has rules for {found[0].address}"
        yield Problem(text, Place(path), "run it by hand there to see why")


def unchecked(project: Project, problem: Problem) -> Problem:
    """``problem`` of a file that a scanner could not read, with the objects in the file that were not checked.

    If Terraform cannot read the file either, the problem has the place and the reason.
    """
    place = problem.place
    path = project.root / place.path if place else project.root
    file = next((each for each in read_files(path.parent) if each.path == path), None)
    if place is None or file is None:
        return problem
    if file.error is not None:
        if place.line is not None:
            return problem
        return replace(problem, place=Place(place.path, file.error.line), message=f"{problem.message}: {file.error}")
    names = [block.address for block in file.blocks if block.kind in _CHECKED]
    if not names:
        return problem
    more = f" and {len(names) - _SHOWN_OBJECTS} more" if len(names) > _SHOWN_OBJECTS else ""
    shown = ", ".join(names[:_SHOWN_OBJECTS])
    return replace(problem, message=f"{problem.message}; not checked: {shown}{more}")


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


def _is_resource(block: Block) -> bool:
    return block.kind == "resource" and bool(block.labels)


def _is_certain(block: Block) -> bool:
    return block.attribute("count") is None and block.attribute("for_each") is None
