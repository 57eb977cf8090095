"""Finds the cases that a change affects: those with a changed module, including all that it calls or reads, or file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from modproof import toolchain
from modproof.cases.model import Case
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, ConfigurationError, ToolMissing
from modproof.core.project import Project
from modproof.hcl.closure import closure, module_folders

__all__ = ["affected", "affected_modules", "changed_files"]

_TIMEOUT_SECONDS = 60.0
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

    Raises ConfigurationError for an unknown reference, ToolMissing without git, and CommandFailed when git fails: a
    failure must not look like "nothing changed".
    """
    git = toolchain.find("git")
    if git is None:
        raise ToolMissing("git is needed to find what changed", hint="install git, or name the cases to plan")
    # exit code 1 is the answer no; any other one but 0 is a failure
    wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"]
    commit = _line(_git(git.path, project.root, *wanted, answers_no=True))
    if not commit:
        raise ConfigurationError(
            f"there is no commit '{reference}' in {project.root}",
            hint="fetch it (a shallow clone has only its own commit), or name another",
        )
    base = _line(_git(git.path, project.root, "merge-base", commit, "HEAD", answers_no=True)) or commit
    # the project can be one folder of a repository, and its modules can call others of the same repository
    top = Path(_line(_git(git.path, project.root, "rev-parse", "--show-toplevel")))
    differing = _git(git.path, top, "diff", *_DIFF_OPTIONS, base, "--")
    untracked = _git(git.path, top, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    names = [name for name in f"{differing}\0{untracked}".split("\0") if name]
    return frozenset(top.resolve() / name for name in names)


def _line(output: str) -> str:
    return output.removesuffix("\n")


def _git(program: Path, folder: Path, *arguments: str, answers_no: bool = False) -> str:
    """The output of git; empty for exit code 1 if that ``answers_no``. Raises CommandFailed on any other failure."""
    done = process.run([str(program), *arguments], cwd=folder, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    if done.returncode == 1 and answers_no:
        return ""
    if done.returncode != 0:
        raise CommandFailed(
            f"git {arguments[0]} failed with exit code {done.returncode}: {' '.join(done.stderr.split())}",
            hint="run inside a git checkout, or name the cases to plan",
            path=folder,
        )
    return done.stdout
