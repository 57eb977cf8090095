"""Which files a rendering of Terragrunt units can follow from, and which of them are units."""

from __future__ import annotations

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
_COMMENT = re.compile(r"^\s*(#|//).*$", re.MULTILINE)
_COMMAND = re.compile(r'\brun_cmd\(\s*(?:"--terragrunt-[\w-]+"\s*,\s*)*("(?:[^"\\]|\\.)*"|[^\s,)]*)')
_CHANGING = re.compile(r"\b(run_cmd|timestamp|uuid|bcrypt)\(")


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
        """The files that the unit may follow from: all but those of other units that its own file does not name."""
        text = (unit / CONFIG).read_text(encoding="utf-8", errors="replace")
        others = {other for other in self.units if other != unit and other.name not in text}
        return tuple(path for path, _, _ in self.files if path.parent not in others)

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


def _walk(project: Project, folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            if path.name not in _SKIPPED_FOLDERS and path != project.cases and not (path / "pyvenv.cfg").exists():
                yield from _walk(project, path)
        elif path.is_file() and not path.name.endswith(_NEVER_READ):
            yield path
