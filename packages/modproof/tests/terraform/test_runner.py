from __future__ import annotations

import json
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed, ProviderUnavailable, TimedOut
from modproof.terraform.runner import Terraform
from modproof.terraform.watched import WatchedTerraform


def test_a_password_in_git_settings_is_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "url.https://robot:s3cr3t@127.0.0.1:9/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://git.example.com/")
    (tmp_path / "main.tf").write_text('module "x" {\n  source = "git::https://git.example.com/x.git?ref=v1.0.0"\n}\n')
    terraform = Terraform(tmp_path, binary=toolchain.ensure("terraform"), env=base_environment())
    (error,) = terraform.install()
    assert "127.0.0.1:9/x.git" in error.text  # git used the caller's settings
    assert "s3cr3t" not in error.text


def fake(folder: Path, script: str) -> Terraform:
    """Terraform as a shell script, which finds its command in ``$1``."""
    binary = folder / "terraform"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    return Terraform(folder, binary=binary, env=base_environment())


def reporting(summary: str, detail: str) -> str:
    """A command that prints an error and fails."""
    message = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": summary, "detail": detail}}
    return f"echo '{json.dumps(message)}'; exit 1"


@pytest.mark.parametrize("script", ["exit 137", "kill -9 $$"])
def test_a_killed_terraform_is_an_error_with_the_signal(tmp_path: Path, script: str) -> None:
    with pytest.raises(CommandFailed, match=r"killed by signal 9; .* free memory"):
        fake(tmp_path, script).plan_to(tmp_path / "x.tfplan")


def test_a_crash_of_terraform_is_not_a_plan_with_changes(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"runtime: cannot allocate memory.*; free memory"):
        fake(tmp_path, 'echo "fatal error: runtime: cannot allocate memory" >&2; exit 2').plan_to(tmp_path / "x.tfplan")


@pytest.mark.parametrize(
    ("reason", "attempts"),
    [("dial tcp 10.0.0.1:443: connect: connection refused", 2), ("dial tcp: lookup example.com: no such host", 1)],
)
def test_fetching_is_retried_once_if_the_failure_is_transient(tmp_path: Path, reason: str, attempts: int) -> None:
    detail = f'Could not download module "x" (main.tf:1) source code from "https://example.com/x.zip": {reason}'
    terraform = fake(tmp_path, f"echo again >> attempts; {reporting('Failed to download module', detail)}")
    (error,) = terraform.install()
    assert error.summary == "Failed to download module"
    assert (tmp_path / "attempts").read_text().split() == ["again"] * attempts


def test_initialise_raises_what_is_not_about_the_configuration(tmp_path: Path) -> None:
    query = "Could not retrieve the list of available versions for provider hashicorp/random: no such host"
    with pytest.raises(
        ProviderUnavailable, match="install the provider hashicorp/random: no such host; connect to the"
    ):
        fake(tmp_path, reporting("Failed to query available provider packages", query)).initialise()
    with pytest.raises(CommandFailed, match="; check the address and the version of its source"):
        fake(tmp_path, reporting("Failed to download module", "fatal: repository does not exist")).initialise()
    (error,) = fake(tmp_path, reporting("Unsupported argument", "An argument is not expected here.")).initialise()
    assert error.summary == "Unsupported argument"


def test_a_command_that_exceeds_its_timeout_names_what_it_waits_for(tmp_path: Path) -> None:
    start = {"type": "apply_start", "hook": {"resource": {"addr": "module.a.data.x.y"}, "action": "read"}}
    terraform = fake(tmp_path, f"echo '{json.dumps(start)}'; sleep 60")
    terraform.timeout_seconds = 1
    with pytest.raises(TimedOut, match=r"plan was stopped after 1 seconds, waiting for module\.a\.data\.x\.y \(read, "):
        terraform.plan_to(tmp_path / "x.tfplan")
    message = json.dumps({"@message": "Initializing modules..."})
    terraform = fake(tmp_path, f"echo '{message}'; sleep 60")
    terraform.timeout_seconds = 1
    with pytest.raises(TimedOut, match="init was stopped after 1 seconds, after the message 'Initializing modules"):
        terraform.install()


@pytest.mark.parametrize(("command", "attempts"), [("plan", 2), ("apply", 1), ("destroy", 1)])
def test_only_what_changes_nothing_is_retried_after_a_transient_failure(
    tmp_path: Path, command: str, attempts: int
) -> None:
    crash = reporting("Plugin did not respond", "The plugin encountered an error")
    binary = fake(tmp_path, f"echo again >> attempts; {crash}").binary
    watched = WatchedTerraform(
        tmp_path, binary=Path(binary), env=base_environment(), watch=lambda: None, step_seconds=60
    )
    plan_file = tmp_path / "x.tfplan"
    run = {"plan": lambda: watched.plan_to(plan_file), "apply": watched.apply_all, "destroy": watched.destroy_all}
    run[command]()
    assert (tmp_path / "attempts").read_text().split() == ["again"] * attempts
