"""Copies of the scanned roots that scanners evaluate.

A module is evaluated alone, with its defaults, and through every caller, with the values that the caller sets.
Scanners of a whole tree differ in this: checkov skips the first, tfsec mixes both. Therefore each folder is staged:
copied with the modules that it calls into a separate folder. This also prevents the scanners from reading
configuration, caches and downloads in the checkout.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath

from modproof.compliance.roots import Root
from modproof.compliance.staged_text import StagedFile, staged_files
from modproof.core.project import Project, Settings

__all__ = ["Location", "Stage"]


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a root's file. ``root`` is the index of the root, ``path`` is relative to the project."""

    root: int
    path: str
    line: int


class Stage:
    """Copies of roots in ``folder``: one numbered subfolder per root, with the paths of the project."""

    def __init__(self, folder: Path, project: Project, roots: Sequence[Root]) -> None:
        self.folder = folder.resolve()
        self.roots = tuple(roots)
        self._project = project
        self._origins: dict[str, tuple[tuple[str, int], ...]] = {}
        """The file and line of each line, by path in the stage: for files with another text than in the project."""
        self._names: dict[str, str] = {}
        """The path in the project by the path in the stage, where they differ."""
        for index, root in enumerate(self.roots):
            for parent, sources in groupby(root.files, lambda path: path.parent):
                staged = staged_files(parent)
                for source in sources:
                    self._add(index, source, staged.get(source, StagedFile(source.name)))

    def _add(self, index: int, source: Path, staged: StagedFile | None) -> None:
        if staged is None:
            return
        shown = self._project.relative(source)
        for parent in _parents(self.roots[index], PurePosixPath(shown).parent):
            path = f"{index}/{(parent / staged.name).as_posix()}"
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if staged.text is None:
                shutil.copyfile(source, target)
            else:
                target.write_bytes(staged.text.encode())
                self._origins[path] = tuple((self._project.relative(origin), line) for origin, line in staged.origins)
            self._names[path] = shown

    @property
    def settings(self) -> Settings:
        """The settings of the project."""
        return self._project.settings

    @property
    def timeout_seconds(self) -> float:
        """The limit of a scan of all roots."""
        return self._project.settings.timeouts.scan

    def reads(self, index: int, path: str) -> bool:
        """Whether a root reads a file. ``path`` is relative to the project."""
        return any(self._project.relative(file) == path for file in self.roots[index].files)

    def shown(self, file: Path) -> str:
        """The path of a root's file, relative to the project."""
        return self._project.relative(file)

    def remove(self, path: str) -> None:
        """Delete a file from every root's copy. ``path`` is relative to the project."""
        for name, shown in self._names.items():
            if shown == path:
                (self.folder / name).unlink(missing_ok=True)

    def root_folder(self, index: int) -> Path:
        """The folder with the root's own files."""
        return self.folder / str(index) / self.roots[index].folder

    def file_of(self, path: str) -> str | None:
        """The file in the project, relative to it, of an absolute path in the stage; None for another path."""
        inside = self._inside(path)
        return None if inside is None else self._names.get(inside)

    def locate(self, path: str, line: int) -> Location | None:
        """The place in the project of a line of an absolute path in the stage; None for a path outside the stage.

        ``line`` counts from 1; a smaller number is line 1.
        """
        inside = self._inside(path)
        if inside is None:
            return None
        index, _, within = inside.partition("/")
        line = max(line, 1)
        origins = self._origins.get(inside, ())
        if line <= len(origins):
            return Location(int(index), *origins[line - 1])
        return Location(int(index), self._names.get(inside, within), line)

    def _inside(self, path: str) -> str | None:
        try:
            inside = PurePosixPath(path).relative_to(self.folder.as_posix())
        except ValueError:
            return None
        return inside.as_posix() if len(inside.parts) > 1 and inside.parts[0].isdecimal() else None


def _parents(root: Root, folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """``folder`` and its other names: those under which the root calls it, or a folder around it."""
    yield folder
    for alias, name in root.aliases:
        if folder.is_relative_to(name):
            yield PurePosixPath(alias) / folder.relative_to(name)
