"""``modproof doctor`` outside a project, and with checks and installations that fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modproof import emulator, toolchain
from modproof.core.errors import ConfigurationError, ToolMissing
from modproof.core.project import Project
from modproof.run import doctor
from modproof.toolchain import State
from modproof.toolchain.catalog import platform_name


def test_doctor_checks_the_tools_outside_a_project_and_writes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modproof", "doctor"], cwd=tmp_path, env=dict(os.environ),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode in (0, 2)
    for name in ("python", "terraform", "hashicorp/aws", "tfsec", "localstack"):
        assert name in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_invalid_settings_are_reported_after_the_tools(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.modproof]\nmodule = 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "modproof", "doctor"], cwd=tmp_path, env=dict(os.environ),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "terraform" in done.stdout
    assert "known keys: " in done.stdout.splitlines()[-1]


def test_a_check_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Project) -> toolchain.ToolStatus:
        raise ConfigurationError("the endpoint is not a URL", hint="use another")

    monkeypatch.setattr(emulator, "status", broken)
    statuses = {status.name: status for status in doctor.examine(Project(tmp_path))}
    assert statuses["localstack"].state is State.MISSING
    assert statuses["localstack"].note == "it cannot be checked: the endpoint is not a URL; use another"
    assert statuses["terraform"].state is State.READY


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": '[tool.modproof]\ndocumented = ["terragrunt"]\n'},
        {"tests/integration/tree.yaml": 'terragrunt: live\naccount: "123123123123"\n', "live/terragrunt.hcl": ""},
    ],
    ids=["cases", "story"],
)
def test_terragrunt_is_checked_where_a_case_or_a_story_needs_it(tmp_path: Path, files: dict[str, str]) -> None:
    assert "terragrunt" not in {status.name for status in doctor.examine(Project(tmp_path))}
    for name, text in {"pyproject.toml": "[tool.modproof]\n", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert "terragrunt" in {status.name for status in doctor.examine(Project.find(tmp_path))}


@pytest.mark.parametrize("scanners", [["checkov"], ["tfsec"], ["checkov", "trivy"]])
def test_the_programs_of_the_chosen_scanners_are_checked(tmp_path: Path, scanners: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.modproof]\nscanners = {scanners}\n")
    found = {status.name for status in doctor.examine(Project.find(tmp_path))}
    assert found & {"tfsec", "trivy"} == {*scanners} - {"checkov"}


def test_an_installation_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ensure(name: str, _: object) -> None:
        asked.append(name)
        raise ToolMissing(f"{name} cannot be installed")

    def prepare(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(toolchain, "ensure", ensure)
    monkeypatch.setattr(emulator, "prepare", prepare)
    failures = doctor.install(Project(tmp_path))
    assert asked == ["terraform", "tfsec"]
    assert [failure.message for failure in failures] == [
        "terraform cannot be installed",
        "tfsec cannot be installed",
        "No space left on device",
    ]


@pytest.mark.parametrize(
    ("constraints", "accepted", "wanted"),
    [
        ({}, {"4.0.0", "5.90.0", "7.0.0"}, "any version"),
        ({"a": ">= 5.99.1, < 7.0"}, set(), ">= 5.99.1, < 7.0"),
        ({"a": ">= 5.0", "b": "< 7.0"}, {"5.90.0"}, ">= 5.0, < 7.0"),
        ({"a": "< 5.0", "b": ">= 7.0"}, {"4.0.0", "7.0.0"}, "< 5.0 or >= 7.0"),
    ],
)
def test_doctor_checks_for_a_provider_that_the_modules_accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constraints: dict[str, str], accepted: set[str], wanted: str
) -> None:
    for name, constraint in constraints.items():
        folder = tmp_path / "project" / "modules" / name
        folder.mkdir(parents=True)
        entry = f'aws = {{ source = "hashicorp/aws", version = "{constraint}" }}'
        (folder / "main.tf").write_text(f"terraform {{\n  required_providers {{\n    {entry}\n  }}\n}}\n")
    for version in ("4.0.0", "5.90.0", "7.0.0"):
        mirror = tmp_path / version
        (mirror / "registry.terraform.io/hashicorp/aws" / version / platform_name()).mkdir(parents=True)
        monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(mirror))
        statuses = {status.name: status for status in doctor.examine(Project(tmp_path / "project"))}
        assert statuses["hashicorp/aws"].ok == (version in accepted)
        assert statuses["hashicorp/aws"].wanted == f"{wanted} (tested: 5.100.0)"
