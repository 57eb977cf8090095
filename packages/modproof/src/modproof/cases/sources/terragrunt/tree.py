"""The files that Terragrunt units can depend on, and the units among them."""

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
from modproof.terraform.terragrunt import CONFIG, STACK

__all__ = ["Tree", "read_tree"]

# a unit reads HCL, YAML, JSON and the like, but neither Terraform files nor documentation nor our tests
_NEVER_READ = (".tf", ".tf.json", ".tftest.hcl", ".md", ".py", ".pyc")
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
_CONFIGURATION = (".hcl", ".yaml", ".yml", ".json", ".tfvars")
_COMMENT = re.compile(r"^[ \t]*(#|//).*$", re.MULTILINE)
_ESCAPED = re.compile(r"\\u00(3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF])")
_COMMAND = re.compile(r"\brun_cmd\s*(?=[(/#])")
_PLAIN = r"""\s*,\s*"\w[\w./@-]*"\s*"""
# commands that only read: other options write files or start programs, and so can aliases
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
    # functions with a different result each time, and files that are not checked here: hidden and outside the project
    r"""\b(run_cmd|timestamp|uuid|bcrypt|pathexpand)\s*[(/#]|/\.[A-Za-z][\w.-]*/|file\w*\(\s*"/"""
)


@dataclass(frozen=True)
class Tree:
    """The files of a project that units can read, sorted, with their state; and the folders of the units and stacks."""

    root: Path
    files: tuple[tuple[Path, int, int], ...]
    """Path, modification time in nanoseconds, and size in bytes."""
    units: tuple[Path, ...]
    stacks: tuple[Path, ...] = ()
    around: tuple[Path, ...] = ()
    """The parent folders of the project, up to the root of the repository."""

    @cached_property
    def digest(self) -> str:
        """The digest of all paths and contents: inputs may contain absolute paths."""
        content = [[os.path.relpath(path, self.root), file_digest(path)] for path, _, _ in self.files]
        return key_of([str(self.root), content])

    def files_read(self, unit: Path) -> tuple[Path, ...]:
        """The files that the unit, or stack, may depend on.

        These are the files in its folder and the parents of that, those outside the folders of all other units and
        stacks, and those in folders of other units and stacks that one of the former files mentions.
        """
        others = (*self.units, *self.stacks)
        apart = {folder for other in others for folder in (other, *other.parents)} - {unit, *unit.parents}
        near = [path for path, _, _ in self.files if path.parent not in apart]
        text = "".join(self.text(path) for path in near)
        named = {folder for folder in apart if all(part in text for part in _apart(folder, unit))}
        return tuple(path for path, _, _ in self.files if path.parent not in apart or path.parent in named)

    def files_in(self, folder: Path | None) -> tuple[Path, ...]:
        """The files in ``folder``; none without one."""
        return tuple(path for path, _, _ in self.files if folder is not None and path.is_relative_to(folder))

    def text(self, path: Path) -> str:
        """The text of a file without comments, and with JSON's escaped letters decoded.

        Empty for a file that is neither configuration nor has a relevant function.
        """
        if path not in self._texts:
            text = path.read_text(encoding="utf-8", errors="replace")
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
            # in a heredoc and after the end of a block comment, a line that looks like a comment may not be one
            if "<<" not in text and "/*" not in text:
                text = _COMMENT.sub("", text)
            self._texts[path] = text if path.name.endswith(_CONFIGURATION) or _CHANGING.search(text) else ""
        return self._texts[path]

    @cached_property
    def _texts(self) -> dict[Path, str]:
        return {}

    def commands(self, files: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
        """Each ``run_cmd`` in ``files`` that does more than read with git: file, line, and its arguments."""
        for path in files:
            text = self.text(path)
            for match in _COMMAND.finditer(text):
                if not _READS.match(text, match.end()):
                    rest = text[match.end() :].partition("\n")[0]
                    yield path, text.count("\n", 0, match.start()) + 1, rest[:60]

    def lasting(self, files: Iterable[Path]) -> bool:
        """Whether a result that depends on ``files`` is always the same."""
        return not any(_CHANGING.search(self.text(path)) or self._leads_out(path) for path in files)

    def _leads_out(self, path: Path) -> bool:
        """Whether a file may refer to files of the repository outside the project and its parents."""
        if not self.around:
            return False
        depth = len(path.parent.relative_to(self.root).parts) if path.is_relative_to(self.root) else 0
        text = self.text(path)
        return "repo_root" in text or "../" * (depth + 1) in text


def read_tree(project: Project) -> Tree:
    """Find the project's files, units and stacks. Raises ConfigurationError for a folder of ``units`` without units."""
    around = _around(project.root)
    found = [
        path for folder in around for path in folder.iterdir() if path.name.endswith(_CONFIGURATION) and path.is_file()
    ]
    found += _walk(project, project.root)
    files = tuple(sorted((path, s.st_mtime_ns, s.st_size) for path in found for s in [path.stat()]))
    units: dict[Path, None] = {}
    stacks: dict[Path, None] = {}
    for name in project.settings.units:
        folder = (project.root / name).resolve()
        here = [path for path, _, _ in files if path.name in (CONFIG, STACK) and path.is_relative_to(folder)]
        if not here:
            raise ConfigurationError(
                f"there is no {CONFIG} below '{name}', but `documented` has terragrunt",
                path="pyproject.toml",
                hint="set tool.modproof.units to the folders with units",
            )
        units |= dict.fromkeys(path.parent for path in here if path.name == CONFIG)
        stacks |= dict.fromkeys(path.parent for path in here if path.name == STACK)
    return Tree(project.root, files, tuple(units), tuple(stacks), around)


def _around(root: Path) -> tuple[Path, ...]:
    """The parents of ``root`` up to the root of the repository; none outside a repository."""
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
            # the target of a link is read at its own path, or is outside the project
            if not hidden and not path.is_symlink() and path != project.cases and not (path / "pyvenv.cfg").exists():
                yield from _walk(project, path)
        elif path.is_file() and not path.name.endswith(_NEVER_READ):
            yield path
