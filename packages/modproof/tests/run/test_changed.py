from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from modproof.cases import load_all
from modproof.core import process
from modproof.core.errors import CommandFailed, ConfigurationError
from modproof.core.project import Project
from modproof.run import changed


@pytest.fixture
def root(make_project: object) -> Path:
    """A checkout whose first commit has the whole project."""
    made: Path = make_project({".gitignore": ".modproof\n"})  # type: ignore[operator]
    git(made, "init", "-q", "-b", "main")
    commit(made)
    return made


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a change")


def affected(root: Path, reference: str = "main") -> list[str]:
    project = Project(root)
    return [case.id for case in changed.affected(project, load_all(project).cases, reference)]


ALL = ["greeting/minimal", "greeting/rejects_short_name", "other/nested"]


def test_without_changes_no_case_is_affected(root: Path) -> None:
    assert affected(root) == []


def test_a_module_affects_its_cases_and_those_of_its_callers(root: Path) -> None:
    (root / "modules/other/new.tf").write_text("")
    assert affected(root) == ["other/nested"]
    (root / "modules/greeting/new.tf").write_text("")
    assert affected(root) == ALL


def test_a_deleted_file_counts(root: Path) -> None:
    (root / "modules/greeting/extra.tf").write_text("")
    commit(root)
    (root / "modules/greeting/extra.tf").unlink()
    assert affected(root, "HEAD") == ALL


def test_expectations_affect_their_cases_and_documentation_affects_none(root: Path) -> None:
    (root / "modules/greeting/README.md").write_text("words")
    assert affected(root) == []
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(path.read_text() + "\n# a word\n")
    assert affected(root) == ALL[:2]


def test_later_changes_of_the_other_branch_do_not_count(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "mine")
    (root / "modules/other/new.tf").write_text("")
    commit(root)
    git(root, "checkout", "-q", "main")
    (root / "modules/greeting/new.tf").write_text("")
    commit(root)
    git(root, "checkout", "-q", "mine")
    assert affected(root) == ["other/nested"]


def test_an_unknown_commit_is_named(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no commit 'nowhere'"):
        affected(root, "nowhere")
    with pytest.raises(ConfigurationError, match="there is no commit '--output=x'"):
        affected(root, "--output=x")


@pytest.mark.parametrize("command", ["diff", "ls-files", "rev-parse"])
def test_a_failing_git_command_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    real = process.run

    def run(argv: list[str], **options: Any) -> process.Completed:
        if argv[1] == command and argv[2] != "--verify":
            return process.Completed(128, "", "fatal: the index is corrupt")
        return real(argv, **options)

    monkeypatch.setattr(process, "run", run)
    with pytest.raises(CommandFailed, match=f"git {command} failed with exit code 128: fatal: the index is corrupt"):
        affected(root)


def test_a_corrupt_index_is_an_error_and_not_an_empty_change(root: Path) -> None:
    (root / ".git/index").write_bytes(b"nonsense")
    with pytest.raises(CommandFailed, match="git diff failed"):
        affected(root)
