from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.signature import declared_variables


def test_declared_variables_has_the_default_of_each_variable(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\nvariable "b" {\n  default = [1]\n}\n')
    (tmp_path / "b.tf.json").write_text('{"variable": {"c": {"default": "x"}}}')
    assert declared_variables(tmp_path) == {"a": None, "b": "[1]", "c": '"x"'}


@pytest.mark.parametrize("name", ["override.tf", "x_override.tf", "x_override.tf.json", "x.tofu"])
def test_declared_variables_is_none_if_a_file_may_override_another(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\n')
    (tmp_path / name).write_text("{}" if name.endswith("json") else "")
    assert declared_variables(tmp_path) is None


def test_declared_variables_is_none_if_a_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {')
    assert declared_variables(tmp_path) is None
