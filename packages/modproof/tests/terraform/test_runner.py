from __future__ import annotations

from pathlib import Path

import pytest

from modproof import toolchain
from modproof.core.environment import base_environment
from modproof.terraform.runner import Terraform


def test_a_password_in_git_settings_is_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "url.https://robot:s3cr3t@127.0.0.1:9/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://git.example.com/")
    (tmp_path / "main.tf").write_text('module "x" {\n  source = "git::https://git.example.com/x.git?ref=v1.0.0"\n}\n')
    terraform = Terraform(tmp_path, binary=toolchain.ensure("terraform"), env=base_environment())
    (error,) = terraform.initialise()
    assert "127.0.0.1:9/x.git" in error.text  # git used the caller's settings
    assert "s3cr3t" not in error.text
