"""Cases from the calls of a module in example folders: those of the module, of the project, and in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from modproof.cases.model import Case
from modproof.cases.sources.calls import ModuleCall, case_of_call, readable, unique
from modproof.cases.sources.checkout import Checkout
from modproof.core.progress import Progress
from modproof.core.project import Project
from modproof.hcl.closure import closure
from modproof.hcl.evaluation import Configuration
from modproof.hcl.reader import read_folder

__all__ = ["calls", "load"]

_FOLDERS = ("examples", "example")


def load(project: Project, modules: Sequence[str], progress: Progress) -> Iterator[Case]:
    """A case ``example_<folder>`` for each call of one of ``modules``."""
    del progress
    for module in modules:
        for call in calls(project, project.module_folder(module)):
            yield case_of_call(project, module, replace(call, name=f"example_{call.name}"), "examples")


def calls(project: Project, folder: Path) -> list[ModuleCall]:
    """The calls of the module in ``folder``, each under the name of its example folder."""
    found: dict[str, ModuleCall] = {}
    for call in _in_folders(project, folder):
        own = unique(call.name, found)
        found[own] = replace(call, name=own)
    return list(found.values())


def _in_folders(project: Project, folder: Path) -> Iterator[ModuleCall]:
    checkout = Checkout.of(project.root)
    resolved = folder.resolve()
    for parent in _parents(project, folder):
        for example in sorted(path for path in parent.rglob("*") if path.is_dir() and not _is_hidden(path, parent)):
            within: Configuration | None = None
            for file in read_folder(example):
                for block in file.blocks:
                    source = block.literal("source") if block.kind == "module" else None
                    if source and checkout.folder_of(source, example) == resolved:
                        within = within or Configuration.of_folder(example)
                        origin = readable(example.relative_to(parent).as_posix())
                        reads = tuple(closure(example))
                        yield ModuleCall(origin, block, within, file.path, reads=reads, origin=origin)


def _parents(project: Project, folder: Path) -> list[Path]:
    """The folders with examples: in the module's folder, in the project's, and in those between them."""
    between = [parent for parent in folder.parents if parent.is_relative_to(project.root)]
    found = dict.fromkeys(parent / name for parent in (folder, *between, project.root) for name in _FOLDERS)
    return [parent for parent in found if parent.is_dir()]


def _is_hidden(path: Path, parent: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(parent).parts)
