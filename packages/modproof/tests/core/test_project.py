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
