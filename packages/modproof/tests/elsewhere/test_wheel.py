"""The files of the wheel, and an installation without extras."""

from __future__ import annotations

import zipfile
from pathlib import Path

from .commands import PACKAGE, Installation
from .conftest import Run

TOOLS = PACKAGE.parents[1] / "tools"
HEAVY = {"boto3", "botocore", "checkov", "localstack_client", "localstack_core", "uv"}


def test_the_wheel_contains_the_sources_of_go_tools(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {f"modproof/toolchain/gotools/{path.parent.name}/{path.name}" for path in TOOLS.glob("*/go.*")}
    assert expected <= names
    assert len(expected) >= 8  # go.mod and go.sum of each tool
    assert {name for name in names if name.endswith("coverage.html")} == {"modproof/report/templates/coverage.html"}


def test_an_installation_without_extras_is_small(installed: Installation, run: Run, tmp_path: Path) -> None:
    (packages,) = installed.venv.glob("lib/python*/site-packages")
    assert HEAVY & {path.name.lower() for path in packages.iterdir()} == set()
    megabytes = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
    assert megabytes < 60
    assert run("modproof", "--help", cwd=tmp_path).code == 0
