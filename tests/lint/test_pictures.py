"""Pictures that are generated from files of the repository."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_picture_of_units_is_up_to_date(tmp_path: Path, fix: bool) -> None:
    spec = importlib.util.spec_from_file_location("units_picture", ROOT / "docs" / "picture" / "units.py")
    assert spec is not None and spec.loader is not None
    units = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(units)
    drawn = units.drawing(units.read(units.TREE, tmp_path))
    if fix:
        units.PICTURE.write_text(drawn, encoding="utf-8")
    if not units.PICTURE.is_file() or units.PICTURE.read_text(encoding="utf-8") != drawn:
        shown = units.PICTURE.relative_to(ROOT)
        pytest.fail(f"{shown} does not show the units of examples/pipeline\nfix with: tox -e fix", pytrace=False)
