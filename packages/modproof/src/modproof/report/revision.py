"""The project's name, revision and folder in its repository, as reported by git."""

from __future__ import annotations

import shutil
from pathlib import Path

from modproof.core.environment import base_environment
from modproof.core.errors import ModproofError
from modproof.core.process import run
from modproof.core.project import Project

__all__ = ["folder_in_repository", "project_name", "revision"]

_TIMEOUT_SECONDS = 10.0


def revision(project: Project) -> str:
    """The commit of the checkout, with ``-dirty`` if files are changed or untracked; empty if unknown."""
    commit = _git(project.root, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return ""
    changes = _git(project.root, "status", "--porcelain")
    # if git status fails, the checkout may have changes
    return commit if changes == "" else f"{commit}-dirty"


def project_name(project: Project) -> str:
    """The name of the repository that the checkout was cloned from, or of its folder."""
    # only the last part: a URL may contain a token
    origin = (_git(project.root, "config", "--get", "remote.origin.url") or "").rstrip("/")
    return origin.replace(":", "/").rpartition("/")[2].removesuffix(".git") or project.root.name


def folder_in_repository(project: Project) -> str:
    """The project's folder in its repository, with a slash at its end; empty for the root and if unknown."""
    return _git(project.root, "rev-parse", "--show-prefix") or ""


def _git(root: Path, *arguments: str) -> str | None:
    """The output of git, or None without git, without a repository, on failure or after the timeout."""
    git = shutil.which("git")
    if git is None:
        return None
    # no optional locks: a report must not block the user's own git commands
    argv = [git, "--no-optional-locks", "-C", str(root), *arguments]
    try:
        done = run(argv, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    except ModproofError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
