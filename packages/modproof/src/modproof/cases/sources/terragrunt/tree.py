"""Which files a rendering of Terragrunt units can follow from, and which of them are units."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from modproof.core.cache import file_digest, key_of
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.terraform.terragrunt import CONFIG

__all__ = ["Tree", "read_tree"]

# a unit reads HCL, YAML, JSON and the like, but neither Terraform's files nor prose; tests are ours
_NEVER_READ = (".tf", ".tf.json", ".tftest.hcl", ".md", ".py", ".pyc")
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
_CONFIGURATION = (".hcl", ".yaml", ".yml", ".json", ".tfvars")
_COMMENT = re.compile(r"^[ \t]*(#|//).*$", re.MULTILINE)
_ESCAPED = re.compile(r"\\u00(3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF])")
_COMMAND = re.compile(r"\brun_cmd\s*(?=[(/#])")
_PLAIN = r"""\s*,\s*"\w[\w./@-]*"\s*"""
# what reads and starts nothing: the others can be told to write a file, or to start what an option or an alias names
_READS = re.compile(
    rf"""
    \(\s* (?:"--terragrunt-[\w-]+"\s*,\s*)* "git"\s*,\s* (?:
        "(?:rev-parse|describe)"\s*[,)]
        | "branch"\s*,\s*"--show-current"\s*,?\s*\)
        | (?:"config"\s*,\s*"--get"|"remote"\s*,\s*"get-url"){_PLAIN},?\s*\)
        | "log"(?:\s*,\s*"(?:-\d+|-n|--(?:format|pretty|date)=[^"\\$]*|\w[\w./@-]*)"\s*)*,?\s*\)
    )
    """,
    re.VERBOSE,
)
_CHANGING = re.compile(
    # what is another at each time, and files that are not looked at here: in hidden folders, and outside the project
    r"""\b(run_cmd|timestamp|uuid|bcrypt|pathexpand)\s*[(/#]|/\.[A-Za-z][\w.-]*/|file\w*\(\s*"/"""
)


@dataclass(frozen=True)
class Tree:
    """The files of a project that units can read, with their state, sorted; and the folders of the units."""

    root: Path
    files: tuple[tuple[Path, int, int], ...]
    """Path, time of the last change in nanoseconds, and size."""
    units: tuple[Path, ...]
    around: tuple[Path, ...] = ()
    """The folders around the project, up to the repository's root."""

    @cached_property
    def digest(self) -> str:
        """Of the content of all files, and of where they lie: inputs may hold absolute paths."""
        content = [[os.path.relpath(path, self.root), file_digest(path)] for path, _, _ in self.files]
        return key_of([str(self.root), content])

    def files_read(self, unit: Path) -> tuple[Path, ...]:
        """The files that the unit may follow from.

        These are the files of its folder and of those around it, and all that lie in no other unit's; of the latter
        those whose folders are named in one of the former.
        """
        apart = {folder for other in self.units for folder in (other, *other.parents)} - {unit, *unit.parents}
        near = [path for path, _, _ in self.files if path.parent not in apart]
        text = "".join(self.text(path) for path in near)
        named = {folder for folder in apart if all(part in text for part in _apart(folder, unit))}
        return tuple(path for path, _, _ in self.files if path.parent not in apart or path.parent in named)

    def text(self, path: Path) -> str:
        """What a file says, without comments; nothing where it neither is configuration nor has anything to look for.

        JSON has a disguise for letters, which is taken off.
        """
        if path not in self._texts:
            text = path.read_text(encoding="utf-8", errors="replace")
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
            # in a heredoc, and where a comment ends, what looks like one may be none
            if "<<" not in text and "/*" not in text:
                text = _COMMENT.sub("", text)
            self._texts[path] = text if path.name.endswith(_CONFIGURATION) or _CHANGING.search(text) else ""
        return self._texts[path]

    @cached_property
    def _texts(self) -> dict[Path, str]:
        return {}

    def commands(self, files: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
        """Each ``run_cmd`` in ``files`` that is not plainly one that reads with git: file, line, what it starts."""
        for path in files:
            text = self.text(path)
            for match in _COMMAND.finditer(text):
                if not _READS.match(text, match.end()):
                    rest = text[match.end() :].partition("\n")[0]
                    yield path, text.count("\n", 0, match.start()) + 1, rest[:60]

    def lasting(self, files: Iterable[Path]) -> bool:
        """Whether what follows from ``files`` is the same at any time."""
        return not any(_CHANGING.search(self.text(path)) or self._leads_out(path) for path in files)

    def _leads_out(self, path: Path) -> bool:
        """Whether a file may name others of the repository that lie neither in the project nor right around it."""
        if not self.around:
            return False
        depth = len(path.parent.relative_to(self.root).parts) if path.is_relative_to(self.root) else 0
        text = self.text(path)
        return "repo_root" in text or "../" * (depth + 1) in text


def read_tree(project: Project) -> Tree:
    """Look at the project's files. Raises ConfigurationError when a folder of ``units`` is not there or has no unit."""
    around = _around(project.root)
    found = [
        path for folder in around for path in folder.iterdir() if path.name.endswith(_CONFIGURATION) and path.is_file()
    ]
    found += _walk(project, project.root)
    files = tuple(sorted((path, s.st_mtime_ns, s.st_size) for path in found for s in [path.stat()]))
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
    return Tree(project.root, files, tuple(units), around)


def _around(root: Path) -> tuple[Path, ...]:
    """The folders around ``root`` up to the repository's; none where it lies in no repository."""
    folders = (root, *root.parents)
    top = next((index for index, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return folders[1 : top + 1]


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
