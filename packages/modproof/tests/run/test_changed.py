from __future__ import annotations

import os
import shutil
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


def link(root: Path, target: str, name: str) -> None:
    """Replace the file or folder ``name`` by a link, and move its content to ``target``."""
    (root / target).parent.mkdir(exist_ok=True)
    (root / name).rename(root / target)
    (root / name).symlink_to(os.path.relpath(root / target, (root / name).parent))
    commit(root)


def test_a_change_of_the_target_of_a_linked_file_counts(root: Path) -> None:
    link(root, "shared/m.tf", "modules/other/main.tf")
    path = root / "shared/m.tf"
    path.write_text(path.read_text() + "\n# a word\n")
    assert affected(root, "HEAD") == ["other/nested"]
    path.unlink()
    assert affected(root, "HEAD") == ["other/nested"]


def test_a_link_to_another_file_counts(root: Path) -> None:
    link(root, "shared/m.tf", "modules/other/main.tf")
    (root / "shared/n.tf").write_text((root / "shared/m.tf").read_text())
    commit(root)
    (root / "modules/other/main.tf").unlink()
    (root / "modules/other/main.tf").symlink_to("../../shared/n.tf")
    assert affected(root, "HEAD") == ["other/nested"]


def test_a_link_to_another_folder_counts(root: Path) -> None:
    (root / "modules/other/texts").mkdir()
    (root / "modules/other/texts/a.txt").write_text("a")
    link(root, "shared/texts", "modules/other/texts")
    shutil.copytree(root / "shared/texts", root / "shared/words")
    commit(root)
    (root / "modules/other/texts").unlink()
    (root / "modules/other/texts").symlink_to("../../shared/words")
    assert affected(root, "HEAD") == ["other/nested"]


def test_linked_cases_are_affected_by_a_change_of_the_target(root: Path) -> None:
    link(root, "shared/cases.yaml", "tests/unit/greeting/cases.yaml")
    path = root / "shared/cases.yaml"
    path.write_text(path.read_text() + "\n# a word\n")
    assert affected(root, "HEAD") == ALL[:2]


@pytest.fixture
def monorepo(root: Path, tmp_path: Path) -> Path:
    """The project as the folder ``infra`` of a checkout, with a module that calls one outside of it."""
    top = tmp_path / "monorepo"
    shutil.copytree(root, top / "infra", ignore=shutil.ignore_patterns(".git"))
    (top / "shared").mkdir()
    (top / "shared/main.tf").write_text("")
    (top / "infra/modules/other/shared.tf").write_text('module "shared" {\n  source = "../../../shared"\n}\n')
    git(top, "init", "-q", "-b", "main")
    commit(top)
    return top


def test_an_untracked_file_outside_the_project_counts(monorepo: Path) -> None:
    assert affected(monorepo / "infra") == []
    (monorepo / "shared/new.tf").write_text("")
    assert affected(monorepo / "infra") == ["other/nested"]


@pytest.mark.parametrize(
    "setting",
    ["diff.relative=true", "diff.noprefix=true", "color.ui=always", "core.quotePath=true", "status.relativePaths=true"],
)
def test_the_git_settings_of_the_user_do_not_matter(monorepo: Path, setting: str) -> None:
    git(monorepo, "config", *setting.split("="))
    (monorepo / "infra/modules/greeting/ü.tf").write_text("")
    git(monorepo, "add", "-N", ".")
    assert affected(monorepo / "infra") == ALL
    git(monorepo, "rm", "-qf", "infra/modules/greeting/ü.tf")
    (monorepo / "shared/main.tf").write_text("# a word\n")
    assert affected(monorepo / "infra") == ["other/nested"]


def test_a_file_name_that_begins_with_a_space_counts(monorepo: Path) -> None:
    (monorepo / " shared").mkdir()
    (monorepo / " shared/main.tf").write_text("")
    (monorepo / "infra/modules/other/shared.tf").write_text('module "shared" {\n  source = "../../../ shared"\n}\n')
    commit(monorepo)
    (monorepo / " shared/main.tf").write_text("# a word\n")
    assert affected(monorepo / "infra", "HEAD") == ["other/nested"]


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
