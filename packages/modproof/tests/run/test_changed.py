from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modproof.run import changed
from modproof.cases.sources import documented
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project


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


def touched(root: Path, reference: str = "main") -> list[str]:
    project = Project(root)
    return [case.id for case in changed.touched(project, documented.every(project), reference)]


ALL = ["greeting/minimal", "greeting/rejects_short_name", "other/nested"]


def test_nothing_changed_touches_nothing(root: Path) -> None:
    assert touched(root) == []


def test_a_module_touches_its_cases_and_those_of_its_callers(root: Path) -> None:
    (root / "modules/other/new.tf").write_text("")
    assert touched(root) == ["other/nested"]
    (root / "modules/greeting/new.tf").write_text("")
    assert touched(root) == ALL


def test_a_file_that_is_gone_counts(root: Path) -> None:
    (root / "modules/greeting/extra.tf").write_text("")
    commit(root)
    (root / "modules/greeting/extra.tf").unlink()
    assert touched(root, "HEAD") == ALL


def test_expectations_touch_their_cases_and_documentation_none(root: Path) -> None:
    (root / "modules/greeting/README.md").write_text("words")
    assert touched(root) == []
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(path.read_text() + "\n# a word\n")
    assert touched(root) == ALL[:2]


def test_what_the_other_branch_changed_meanwhile_does_not_count(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "mine")
    (root / "modules/other/new.tf").write_text("")
    commit(root)
    git(root, "checkout", "-q", "main")
    (root / "modules/greeting/new.tf").write_text("")
    commit(root)
    git(root, "checkout", "-q", "mine")
    assert touched(root) == ["other/nested"]


def test_an_unknown_commit_is_named(root: Path) -> None:
    with pytest.raises(ConfigurationError, match="git knows no commit 'nowhere'"):
        touched(root, "nowhere")
    with pytest.raises(ConfigurationError, match="git knows no commit '--output=x'"):
        touched(root, "--output=x")
