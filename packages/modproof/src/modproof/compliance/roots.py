"""The scanned roots: every folder with Terraform files, with the modules that it calls."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modproof.core.cache import file_digest, key_of
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.closure import closure, local_source, module_folders
from modproof.hcl.reader import Block, read_folder, terraform_files

__all__ = ["ModuleBlock", "Root", "circular_call", "find_roots"]

_SKIPPED_FOLDERS = frozenset({"node_modules"})
_FIXTURES = frozenset({"fixtures", "test", "testdata", "tests"})
"""Folders with configurations for tests, unless they are modules."""


@dataclass(frozen=True, slots=True)
class ModuleBlock:
    """A ``module`` block with a local source: its place, and the called folder, relative to the project."""

    name: str
    folder: str
    place: Place


@dataclass(frozen=True, slots=True)
class Root:
    """A folder, relative to the project, with its calls and every file that its evaluation can read.

    ``aliases`` are the other names under which it calls a folder, each with the name of the folder in ``files``.
    """

    folder: str
    calls: tuple[ModuleBlock, ...]
    files: tuple[Path, ...]
    aliases: tuple[tuple[str, str], ...] = ()

    def call(self, name: str) -> ModuleBlock | None:
        return next((call for call in self.calls if call.name == name), None)

    def digest(self, project: Project) -> str:
        """A key for all files that a scanner reads in this root."""
        files = [[project.relative(path), file_digest(path)] for path in self.files]
        return key_of([self.folder, files, list(map(list, self.aliases))])


def _folders(folder: Path, modules: Container[Path]) -> Iterator[Path]:
    """The folders with Terraform files in ``folder``, and the linked folders among them, without their content."""
    if folder.is_symlink():
        yield folder
        return
    if terraform_files(folder):
        yield folder
    for child in sorted(folder.iterdir()):
        skipped = child.name in _SKIPPED_FOLDERS or (child.name in _FIXTURES and child not in modules)
        if child.is_dir() and child.name[0] != "." and not skipped:
            yield from _folders(child, modules)


def find_roots(project: Project) -> list[Root]:
    """Every folder with Terraform files in the project's scanned folders, sorted by path.

    A linked folder counts under the name of the link, unless it has been found under its own name.
    """
    found: list[Path] = []
    modules = {project.module_folder(name) for name in project.module_names()}
    for base in project.scanned:
        if base.is_dir():
            # by default, the folders in the project's own folder are not scanned because of it
            alone = base == project.root and project.settings.scan is None
            found += [base] if alone else _folders(base.resolve() if base == project.root else base, modules)
    names = {folder.resolve(): folder for folder in found if not folder.is_symlink()}
    for link in (folder for folder in found if folder.is_symlink()):
        for folder in _linked(link, modules, names):
            names.setdefault(folder.resolve(), folder)
    roots = (_root(project, folder, names) for folder in names.values())
    return sorted(roots, key=lambda root: root.folder)


def _linked(link: Path, modules: Container[Path], names: Mapping[Path, Path]) -> Iterator[Path]:
    """The folders with Terraform files behind a link, which may lead back to a folder that contains it."""
    target = link.resolve()
    if target in names or link.is_relative_to(target):
        return
    for folder in _folders(target, modules):
        named = link / folder.relative_to(target)
        if terraform_files(named):
            yield named


def _root(project: Project, folder: Path, names: Mapping[Path, Path]) -> Root:
    known = dict(names)
    calls: list[ModuleBlock] = []
    aliases: list[tuple[str, str]] = []
    for caller in [folder.resolve(), *(each for each in module_folders(folder) if each != folder.resolve())]:
        for file, block in _calls(caller):
            source = local_source(block) or ""
            named = _named(caller, known)
            written, target = Path(os.path.normpath(named / source)), (caller / source).resolve()
            if not _named(target, known).is_relative_to(project.root) and written.is_relative_to(project.root):
                known.setdefault(target, written)
            shown = project.relative(_named(target, known))
            if project.relative(written) != shown:
                aliases.append((project.relative(written), shown))
            if caller == folder.resolve():
                path = _named(block.origin or file, known)
                calls.append(ModuleBlock(block.labels[0], shown, Place(project.relative(path), block.line)))
    files = (_named(path, known) for path in closure(folder))
    inside = tuple(path for path in files if path.is_relative_to(project.root))
    return Root(project.relative(folder), tuple(calls), inside, tuple(dict.fromkeys(aliases)))


def _named(path: Path, names: Mapping[Path, Path]) -> Path:
    """``path`` below the name of the innermost folder that has one."""
    inner = next((parent for parent in (path, *path.parents) if parent in names), None)
    return path if inner is None else names[inner] / path.relative_to(inner)


def _calls(folder: Path) -> Iterator[tuple[Path, Block]]:
    for file in read_folder(folder):
        for block in file.blocks:
            if block.kind == "module" and block.labels and local_source(block) is not None:
                yield file.path, block


def circular_call(project: Project, root: Root) -> tuple[Place, tuple[str, ...]] | None:
    """The first call that makes modules call each other in a circle, with their folders; None without one.

    Terraform cannot load such a module, and tfsec 1.28.14 does not end.
    """
    visited: set[Path] = set()

    def visit(folder: Path, chain: tuple[Path, ...]) -> tuple[Place, tuple[str, ...]] | None:
        visited.add(folder)
        for file, block in _calls(folder):
            target = (folder / (local_source(block) or "")).resolve()
            if target in chain:
                circle = (*chain[chain.index(target) :], target)
                return Place(project.relative(file), block.line), tuple(map(project.relative, circle))
            found = visit(target, (*chain, target)) if target not in visited else None
            if found is not None:
                return found
        return None

    start = (project.root / root.folder).resolve()
    return visit(start, (start,))
