"""Which files a rendering of Terragrunt units can follow from, and which of them are units."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modproof.cache import file_digest, key_of
from modproof.errors import ConfigurationError
from modproof.project import Project
from modproof.terragrunt import CONFIG

__all__ = ["Tree", "read_tree"]

# a unit reads HCL, YAML, JSON and the like, but neither Terraform's files nor prose; tests are ours
_NEVER_READ = (".tf", ".tf.json", ".tftest.hcl", ".md", ".py", ".pyc")
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
_COMMENT = re.compile(r"^[ \t]*(#|//).*$", re.MULTILINE)
_COMMAND = re.compile(r'\brun_cmd\(\s*(?:"--terragrunt-[\w-]+"\s*,\s*)*("(?:[^"\\]|\\.)*"|[^\s,)]*)')
_CHANGING = re.compile(
    # what is another at each time, and files that are not looked at here: in hidden folders, and outside the project
    r"""\b(run_cmd|timestamp|uuid|bcrypt|pathexpand)\(|/\.[A-Za-z][\w.-]*/|file\w*\(\s*"/"""
)


@dataclass(frozen=True)
class Tree:
    """The files of a project that units can read, with their state, sorted; and the folders of the units."""

    root: Path
    files: tuple[tuple[Path, int, int], ...]
    """Path, time of the last change in nanoseconds, and size."""
    units: tuple[Path, ...]

    @cached_property
    def digest(self) -> str:
        """Of the content of all files, and of where they lie: inputs may hold absolute paths."""
        content = [[path.relative_to(self.root).as_posix(), file_digest(path)] for path, _, _ in self.files]
        return key_of([str(self.root), content])

    def follows(self, unit: Path) -> tuple[Path, ...]:
        """The files that the unit may follow from.

        These are the files of its folder and of those around it, and all that lie in no other unit's; of the latter
        those whose folders are named in one of the former.
        """
        apart = {folder for other in self.units for folder in (other, *other.parents)} - {unit, *unit.parents}
        near = [path for path, _, _ in self.files if path.parent not in apart]
        text = "".join(self._hcl.get(path, "") for path in near)
        named = {folder for folder in apart if all(part in text for part in _apart(folder, unit))}
        return tuple(path for path, _, _ in self.files if path.parent not in apart or path.parent in named)

    @cached_property
    def _hcl(self) -> dict[Path, str]:
        paths = [path for path, _, _ in self.files if path.suffix == ".hcl"]
        return {path: _COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace")) for path in paths}

    def commands(self, files: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
        """Each ``run_cmd`` in ``files`` of a program that is named by a path or computed: file, line, the program."""
        for path in files:
            text = self._hcl.get(path, "")
            for match in _COMMAND.finditer(text):
                if not re.fullmatch(r'"[\w.-]+"', match[1]):
                    yield path, text.count("\n", 0, match.start()) + 1, match[1]

    def lasting(self, files: Iterable[Path]) -> bool:
        """Whether what follows from ``files`` is the same at any time."""
        return not any(_CHANGING.search(self._hcl.get(path, "")) for path in files)


def read_tree(project: Project) -> Tree:
    """Look at the project's files. Raises ConfigurationError when a folder of ``units`` is not there or has no unit."""
    files = tuple(
        sorted((path, s.st_mtime_ns, s.st_size) for path in _walk(project, project.root) for s in [path.stat()])
    )
    units: dict[Path, None] = {}
    for name in project.settings.units:
        folder = (project.root / name).resolve()
        here = [path.parent for path, _, _ in files if path.name == CONFIG and path.is_relative_to(folder)]
        if not here:
            raise ConfigurationError(
                f"there is no {CONFIG} below '{name}', though Terragrunt units are to be cases",
                path="pyproject.toml",
                hint="name the folders with units in tool.modproof.units",
            )
        units |= dict.fromkeys(here)
    return Tree(project.root, files, tuple(units))


def _apart(folder: Path, unit: Path) -> tuple[str, ...]:
    """The part of the path of ``folder`` that does not lead to ``unit``."""
    return folder.relative_to(os.path.commonpath([folder, unit])).parts


def _walk(project: Project, folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            hidden = path.name.startswith(".") or path.name in _SKIPPED_FOLDERS
            # a link leads to what is read where it lies, or out of the project
            if not hidden and not path.is_symlink() and path != project.cases and not (path / "pyvenv.cfg").exists():
                yield from _walk(project, path)
        elif path.is_file() and not path.name.endswith(_NEVER_READ):
            yield path
