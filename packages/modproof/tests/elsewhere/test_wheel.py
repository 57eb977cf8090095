"""The files of the wheel, and an installation without extras."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import uv

from .commands import PACKAGE, Installation, command
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


@pytest.mark.parametrize("name", ["modproof", "localstack-sagemaker", "mlpipe"])
def test_wheels_from_the_folder_and_from_the_sdist_have_every_file(tmp_path: Path, name: str) -> None:
    package = PACKAGE.parent / name
    for kind in (["--wheel"], []):  # without options, uv builds the wheel from the sdist
        target = tmp_path / str(len(kind))
        built = command(uv.find_uv_bin(), "build", "--quiet", *kind, "--out-dir", target, ".", cwd=package)
        assert built.code == 0, built.stderr
    files = [path for path in (package / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {path.relative_to(package / "src").as_posix() for path in files}
    if name == "modproof":
        sources = [path for module in TOOLS.glob("*/go.mod") for path in module.parent.iterdir()]
        expected |= {f"modproof/toolchain/gotools/{path.relative_to(TOOLS).as_posix()}" for path in sources}
    wheels = list(tmp_path.glob("*/*.whl"))
    assert len(wheels) == 2
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = {each for each in archive.namelist() if ".dist-info/" not in each}
        assert names == expected


def test_an_installation_without_extras_is_small(installed: Installation, run: Run, tmp_path: Path) -> None:
    (packages,) = installed.venv.glob("lib/python*/site-packages")
    assert HEAVY & {path.name.lower() for path in packages.iterdir()} == set()
    megabytes = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
    assert megabytes < 60
    assert run("modproof", "--help", cwd=tmp_path).code == 0
