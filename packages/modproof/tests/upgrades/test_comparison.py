"""Comparison of interfaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.upgrades.comparison import compare
from modproof.upgrades.interface import read_interface

TEXT = 'variable "key" {\n  type = string\n  sensitive = true\n  default = "first-key"\n}\n'
OBJECT = """\
variable "key" {
  sensitive = true
  type      = object({ value = optional(string, "first-key") })
}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TEXT, TEXT.replace("first", "second"), ["changed default"]),
        (TEXT, TEXT.replace('  default = "first-key"\n', ""), ["newly required"]),
        (TEXT.replace("  sensitive = true\n", ""), TEXT.replace("first", "second"), ["changed default"]),
        (OBJECT, OBJECT.replace("first", "second"), ["changed default"]),
    ],
    ids=["value", "required", "sensitive now", "attribute"],
)
def test_defaults_of_sensitive_variables_are_not_shown(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "old/variables.tf").write_text(old)
    (tmp_path / "new/variables.tf").write_text(new)
    found = compare("store", read_interface(tmp_path / "old"), read_interface(tmp_path / "new"), root=tmp_path)
    assert [change.what for change in found] == expected
