"""The scanned roots: every folder with Terraform files, with the modules that it calls.

A module is evaluated alone, with its defaults, and through every caller, with the values that the caller sets.
Scanners of a whole tree differ in this: checkov skips the first, tfsec mixes both. Therefore each folder is staged:
copied with the modules that it calls into a separate folder. This also prevents the scanners from reading
configuration, caches and downloads in the checkout.
"""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modproof.core.cache import file_digest, key_of
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.closure import closure, local_source
from modproof.hcl.reader import terraform_files

__all__ = ["ModuleBlock", "Root", "Stage", "find_roots"]

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
    """A folder, relative to the project, with its calls and every file that its evaluation can read."""

    folder: str
    calls: tuple[ModuleBlock, ...]
    files: tuple[Path, ...]

    def call(self, name: str) -> ModuleBlock | None:
        return next((call for call in self.calls if call.name == name), None)

    def digest(self, project: Project) -> str:
        """A key for all files that a scanner reads in this root."""
        return key_of([self.folder, [[project.relative(path), file_digest(path)] for path in self.files]])


def _folders(folder: Path, modules: Container[Path]) -> Iterator[Path]:
    if terraform_files(folder):
        yield folder
    for child in sorted(folder.iterdir()):
        skipped = child.name in _SKIPPED_FOLDERS or (child.name in _FIXTURES and child not in modules)
        if child.is_dir() and not child.is_symlink() and child.name[0] != "." and not skipped:
            yield from _folders(child, modules)


def find_roots(project: Project, blocks: BlockIndex) -> list[Root]:
    """Every folder with Terraform files in the project's scanned folders, sorted by path."""
    seen: dict[str, Root] = {}
    modules = {project.module_folder(name) for name in project.module_names()}
    for base in project.scanned:
        if not base.is_dir():
            continue
        # by default, the folders in the project's own folder are not scanned because of it
        alone = base == project.root and project.settings.scan is None
        for folder in [base] if alone else _folders(base, modules):
            name = project.relative(folder)
            if name not in seen:
                calls = tuple(_calls(project, folder, blocks))
                files = tuple(path for path in closure(folder) if path.is_relative_to(project.root))
                seen[name] = Root(name, calls, files)
    return [seen[name] for name in sorted(seen)]


def _calls(project: Project, folder: Path, blocks: BlockIndex) -> Iterator[ModuleBlock]:
    for path in terraform_files(folder):
        shown = project.relative(path)
        for block in blocks.of(shown):
            source = local_source(block) if block.kind == "module" and block.labels else None
            if source is not None:
                target = project.relative((folder / source).resolve())
                yield ModuleBlock(block.labels[0], target, Place(shown, block.line))


class Stage:
    """Copies of roots in ``folder``: one numbered subfolder per root, with the paths of the project."""

    def __init__(self, folder: Path, project: Project, roots: Sequence[Root]) -> None:
        self.folder = folder.resolve()
        self.roots = tuple(roots)
        self._project = project
        for index, root in enumerate(self.roots):
            for source in root.files:
                target = self.folder / str(index) / project.relative(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)

    @property
    def timeout_seconds(self) -> float:
        """The limit of a scan of all roots."""
        return self._project.settings.timeouts.scan

    def reads(self, index: int, path: str) -> bool:
        """Whether a root reads a file. ``path`` is relative to the project."""
        return any(self._project.relative(file) == path for file in self.roots[index].files)

    def remove(self, path: str) -> None:
        """Delete a file from every root's copy. ``path`` is relative to the project."""
        for index in range(len(self.roots)):
            (self.folder / str(index) / path).unlink(missing_ok=True)

    def root_folder(self, index: int) -> Path:
        """The folder with the root's own files."""
        return self.folder / str(index) / self.roots[index].folder

    def locate(self, path: str) -> tuple[int, str] | None:
        """The root of a path in the stage, and the path relative to the project; None for a path outside the stage."""
        try:
            inside = PurePosixPath(path).relative_to(self.folder.as_posix())
        except ValueError:
            return None
        if len(inside.parts) < 2 or not inside.parts[0].isdecimal():
            return None
        return int(inside.parts[0]), PurePosixPath(*inside.parts[1:]).as_posix()
