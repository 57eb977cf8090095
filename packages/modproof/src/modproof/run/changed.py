"""Finds the cases that a change affects: those with a changed module, including all that it calls or reads, or file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from modproof.cases.model import Case
from modproof.core.project import Project
from modproof.hcl.closure import closure, module_folders
from modproof.toolchain import Git

__all__ = ["affected", "affected_modules", "changed_files"]

# explicit, because the user's git configuration can change each of them
_DIFF_OPTIONS = ("--name-only", "-z", "--no-relative", "--no-renames", "--no-color", "--ignore-submodules=none")


def affected(project: Project, found: Sequence[Case], reference: str) -> list[Case]:
    """The cases of which the plan may differ from the one at ``reference``. Raises as :func:`changed_files`."""
    changed = changed_files(project, reference)
    memo: dict[Path, bool] = {}
    for case in found:
        if case.folder not in memo:
            memo[case.folder] = _differs(case.folder, changed)
    return [case for case in found if memo[case.folder] or _reads(project, case, changed)]


def affected_modules(project: Project, names: Sequence[str], reference: str) -> list[str]:
    """The modules of ``names`` that changed since ``reference``. Raises as :func:`changed_files`."""
    changed = changed_files(project, reference)
    return [name for name in names if _differs(project.module_folder(name), changed)]


def _reads(project: Project, case: Case, changed: frozenset[Path]) -> bool:
    """Whether the case itself, apart from its module, depends on one of the ``changed`` files."""
    if not changed.isdisjoint(_names([project.root / case.place.path, *case.reads])):
        return True
    # a deleted file may have been read
    places = {path.parent for path in case.reads}
    return any(path.parent in places for path in changed if not path.exists())


def _differs(module: Path, changed: frozenset[Path]) -> bool:
    if not changed.isdisjoint(_names(closure(module))):
        return True
    # a deleted file is not in the closure any more
    gone = frozenset(path for path in changed if not path.exists() and path.suffix != ".md")
    if not gone:
        return False
    folders = module_folders(module)
    if any(path.is_relative_to(folder) for path in gone for folder in folders):
        return True
    links = [path.resolve() for folder in folders for path in folder.iterdir() if path.is_symlink()]
    return not gone.isdisjoint(links)


def _names(paths: Iterable[Path]) -> set[Path]:
    """All paths by which git can report a change of one of ``paths``.

    A linked file is reported at its target, a changed link at the link, and a submodule or a linked folder as a whole.
    """
    names: set[Path] = set()
    for path in paths:
        for name in (path, path.resolve()):
            names.update((name, *name.parents))
    return names


def changed_files(project: Project, reference: str) -> frozenset[Path]:
    """Files that differ between the checkout and its merge base with ``reference``, including new and deleted ones.

    Raises ConfigurationError for an unknown reference, ToolMissing without git, and CommandFailed when git fails.
    """
    git = Git(project.root, otherwise="name the cases to plan")
    commit = git.commit(reference)
    base = git.line("merge-base", commit, "HEAD", answers_no=True) or commit
    # the project can be one folder of a repository, and its modules can call others of the same repository
    top = git.top()
    differing = git.output("diff", *_DIFF_OPTIONS, base, "--", folder=top)
    untracked = git.output("ls-files", "--others", "--exclude-standard", "--full-name", "-z", folder=top)
    names = [name for name in f"{differing}\0{untracked}".split("\0") if name]
    return frozenset(top.resolve() / name for name in names)
