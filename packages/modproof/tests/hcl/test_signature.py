from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.signature import declared_variables


def test_declared_variables_has_the_default_of_each_variable(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\nvariable "b" {\n  default = [1]\n}\n')
    (tmp_path / "b.tf.json").write_text('{"variable": {"c": {"default": "x"}}}')
    assert declared_variables(tmp_path) == {"a": None, "b": "[1]", "c": '"x"'}


@pytest.mark.parametrize("name", ["x.tofu", "x.tofu.json"])
def test_declared_variables_is_none_if_a_file_is_for_opentofu_only(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\n')
    (tmp_path / name).write_text("{}" if name.endswith("json") else "")
    assert declared_variables(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("override.tf", 'variable "a" {\n  default = 2\n}\n'),
        ("x_override.tf.json", '{"variable": {"a": {"default": 2}}}'),
    ],
)
def test_an_override_file_sets_the_default_of_a_variable(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "z.tf").write_text('variable "a" {\n  default = 1\n}\n')
    (tmp_path / name).write_text(text)
    assert declared_variables(tmp_path) == {"a": "2"}


def test_declared_variables_is_none_if_a_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {')
    assert declared_variables(tmp_path) is None
