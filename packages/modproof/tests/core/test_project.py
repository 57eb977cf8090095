from __future__ import annotations

from pathlib import Path

import pytest

from modproof.core.errors import ConfigurationError, NoProject
from modproof.core.project import Project


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (b"[tool.modproof\n", "is not valid TOML"),
        (b"[tool.modproof]\nmodules = '\xe9'\n", "is not valid TOML"),
        (b"tool = {modproof = 1}\n", "tool.modproof: input should be a valid dictionary"),
        (b"[tool.modproof]\nmodules = 3\n", "tool.modproof.modules: input should be a valid string"),
        (b"[tool.modproof.coverage]\nfail_under = 300\n", "tool.modproof.coverage.fail_under: input should be less"),
    ],
)
def test_invalid_settings_are_reported_with_file_and_key(tmp_path: Path, settings: bytes, message: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(settings)
    with pytest.raises(ConfigurationError, match=message) as error:
        Project.find(tmp_path)
    assert error.value.path == str(tmp_path / "pyproject.toml")
    assert not isinstance(error.value, NoProject)


def test_settings_of_other_tools_do_not_make_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 1\n")
    with pytest.raises(NoProject):
        Project.find(tmp_path)


def test_a_file_in_place_of_the_state_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".modproof").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written: File exists"):
        _ = Project(tmp_path).state


def test_modules_are_found_in_groups_other_folders_and_flat(tmp_path: Path) -> None:
    def names(root: str, *folders: str) -> list[str]:
        for folder in folders:
            (tmp_path / root / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / root / folder / "main.tf").write_text('provider "aws" {}\n' if "live" in folder else "")
        project = Project(tmp_path / root)
        assert all(any(project.module_folder(name).glob("*.tf")) for name in project.module_names())
        return project.module_names()

    assert names("nested", "modules/net/vpc", "modules/bucket", "modules/bucket/files", "modules/net/examples/a") == [
        "bucket",
        "net/vpc",
    ]
    assert names("several", "modules/a", "data/modules/b", "tests/modules/c", "data/prod") == ["a", "data/modules/b"]
    assert names("flat", "vpc", "bucket", "examples/one", "live/prod") == ["bucket", "vpc"]
    assert names("bare", ".", "scripts") == ["root"]


def test_a_folder_of_modules_that_is_set_is_the_only_one(tmp_path: Path) -> None:
    for folder in ("mine/a", "data/modules/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.tf").write_text("")
    (tmp_path / "pyproject.toml").write_text('[tool.modproof]\nmodules = "mine"\n')
    assert Project.find(tmp_path).module_names() == ["a"]


@pytest.mark.parametrize("name", ["main.tf", "main.tf.json", "main.tofu", "main.tofu.json"])
def test_a_module_may_have_files_of_any_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / "modules/a").mkdir(parents=True)
    (tmp_path / "modules/a" / name).touch()
    (tmp_path / "modules/notes").mkdir()
    (tmp_path / "modules/notes/README.md").touch()
    assert Project.find(tmp_path).module_names() == ["a"]


def test_a_deleted_working_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    with pytest.raises(NoProject, match="the working folder does not exist any more; change to another folder"):
        Project.find(Path())
