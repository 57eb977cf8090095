from __future__ import annotations

import os
import time
from importlib import metadata
from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.emulator import plugin, venv

from .conftest import FakeUv

INSTALL = 'while [ "$1" != --target ]; do shift; done; touch "$2/installed"; exit 0'


@pytest.fixture
def environment(tmp_path: Path) -> venv.Environment:
    return venv.Environment(python=tmp_path / "python", static_libs=tmp_path)


@pytest.fixture
def checkout(empty_project: Project) -> Path:
    folder = empty_project.root / "packages" / "localstack-sagemaker"
    (folder / "src" / "x").mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "src" / "x" / "a.py").write_text("A = 1\n")
    return folder


def test_checkout_is_rebuilt_only_if_its_sources_change(
    fake_uv: FakeUv, empty_project: Project, checkout: Path, environment: venv.Environment
) -> None:
    log = fake_uv(INSTALL)
    first = plugin.overlay(empty_project, environment)
    assert first is not None
    assert [path.name for path in first.iterdir()] == ["installed"]
    (checkout / "src" / "x" / "__pycache__").mkdir()
    (checkout / "src" / "x" / "__pycache__" / "a.pyc").write_text("")
    (checkout / "tests").mkdir()
    (checkout / "tests" / "test_a.py").write_text("")
    assert plugin.overlay(empty_project, environment) == first
    assert len(log.read_text().splitlines()) == 1
    (checkout / "src" / "x" / "a.py").write_text("A = 2\n")
    assert plugin.overlay(empty_project, environment) not in (None, first)
    assert sorted(path.name for path in checkout.iterdir()) == ["pyproject.toml", "src", "tests"]


def test_build_uses_the_network_only_if_the_offline_build_fails(
    fake_uv: FakeUv, empty_project: Project, checkout: Path, environment: venv.Environment
) -> None:
    del checkout
    log = fake_uv('for last; do :; done; [ "$last" = --offline ] && exit 2; ' + INSTALL)
    assert plugin.overlay(empty_project, environment) is not None
    assert ["--offline" in line for line in log.read_text().splitlines()] == [True, False]


def test_installed_plugin_is_copied(
    cache: Path, tmp_path: Path, empty_project: Project, environment: venv.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cache
    site = tmp_path / "site"
    info = site / "localstack_sagemaker-1.2.3.dist-info"
    info.mkdir(parents=True)
    (site / "localstack_sagemaker").mkdir()
    (site / "localstack_sagemaker" / "__init__.py").write_text("")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: localstack-sagemaker\nVersion: 1.2.3\n")
    (info / "entry_points.txt").write_text("[localstack.aws.provider]\n")
    record = ["localstack_sagemaker/__init__.py,,", f"{info.name}/METADATA,,", f"{info.name}/entry_points.txt,,"]
    (info / "RECORD").write_text("\n".join([*record, "../../bin/x,,"]))
    monkeypatch.syspath_prepend(site)
    overlay = plugin.overlay(empty_project, environment)
    assert overlay is not None
    assert sorted(path.relative_to(overlay).as_posix() for path in overlay.rglob("*") if path.is_file()) == [
        "localstack_sagemaker-1.2.3.dist-info/METADATA",
        "localstack_sagemaker-1.2.3.dist-info/entry_points.txt",
        "localstack_sagemaker/__init__.py",
    ]


def test_missing_plugin_has_no_overlay(
    cache: Path, empty_project: Project, environment: venv.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cache

    def nothing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    for function in ("distribution", "files", "version"):
        monkeypatch.setattr(metadata, function, nothing)
    assert plugin.overlay(empty_project, environment) is None
    assert plugin.origin(empty_project) == ""


def test_overlays_unused_for_a_week_are_deleted(
    fake_uv: FakeUv, empty_project: Project, checkout: Path, environment: venv.Environment
) -> None:
    fake_uv(INSTALL)
    old = plugin.overlay(empty_project, environment)
    assert old is not None
    os.utime(old, (time.time() - 8 * 86400,) * 2)
    (checkout / "src" / "x" / "a.py").write_text("A = 3\n")
    new = plugin.overlay(empty_project, environment)
    assert new is not None
    assert [path.name for path in new.parent.iterdir()] == [new.name]
