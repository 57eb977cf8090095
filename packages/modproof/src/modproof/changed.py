"""Which cases a change can touch: those whose module, whatever it calls or reads, or whose own file differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modproof import process, toolchain
from modproof.cases import Case
from modproof.dependencies import closure, module_folders
from modproof.environment import base_environment
from modproof.errors import ConfigurationError, ToolMissing
from modproof.project import Project

__all__ = ["changed_files", "follows", "touched"]

_TIMEOUT_SECONDS = 60.0


def touched(project: Project, found: Sequence[Case], reference: str) -> list[Case]:
    """The cases that may plan otherwise than at ``reference``. Raises as :func:`changed_files` does."""
    changed = changed_files(project, reference)
    memo: dict[Path, bool] = {}
    for case in found:
        if case.folder not in memo:
            memo[case.folder] = _differs(case.folder, changed)
    return [case for case in found if memo[case.folder] or follows(project, case, changed)]


def follows(project: Project, case: Case, changed: frozenset[Path]) -> bool:
    """Whether the case, as it is told apart from its module, may follow from one of the files that ``changed``."""
    if project.root / case.place.path in changed or not changed.isdisjoint(case.follows):
        return True
    # what is gone may have been read
    places = {path.parent for path in case.follows}
    return any(path.parent in places for path in changed if not path.exists())


def _differs(module: Path, changed: frozenset[Path]) -> bool:
    if not changed.isdisjoint(closure(module)):
        return True
    # a file that is gone is in no closure any more
    folders = module_folders(module)
    gone = [path for path in changed if not path.exists() and path.suffix != ".md"]
    return any(path.is_relative_to(folder) for path in gone for folder in folders)


def changed_files(project: Project, reference: str) -> frozenset[Path]:
    """Files that differ between the checkout and where it parted from ``reference``, new and deleted ones included.

    Raises ConfigurationError when git does not know the reference or the folder, ToolMissing without git.
    """
    git = toolchain.find("git")
    if git is None:
        raise ToolMissing("git is needed to tell what changed", hint="install git, or name the cases to plan")
    commit = _git(git.path, project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not commit:
        raise ConfigurationError(
            f"git knows no commit '{reference}' in {project.root}",
            hint="fetch it (a shallow clone of CI has only its own commit), or name another",
        )
    base = _git(git.path, project, "merge-base", commit, "HEAD") or commit
    top = Path(_git(git.path, project, "rev-parse", "--show-toplevel"))
    differing = _git(git.path, project, "diff", "--name-only", "--no-renames", "-z", base)
    untracked = _git(git.path, project, "ls-files", "--others", "--exclude-standard", "--full-name", "-z")
    names = [name for name in f"{differing}\0{untracked}".split("\0") if name]
    return frozenset(top.resolve() / name for name in names)


def _git(program: Path, project: Project, *arguments: str) -> str:
    """What git printed, or nothing where it failed."""
    done = process.run(
        [str(program), *arguments], cwd=project.root, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS
    )
    return done.stdout.strip() if done.returncode == 0 else ""
