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
