"""The prerequisites of a run, as `modproof doctor` reports them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modproof.toolchain import ProviderVersions, State, ToolStatus, providers, survey
from modproof.toolchain.catalog import platform_name

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_SHARED_FOLDERS", ())
    monkeypatch.setattr("modproof.toolchain.status._registry_is_reachable", lambda: False)


def by_name(statuses: list[ToolStatus]) -> dict[str, ToolStatus]:
    return {status.name: status for status in statuses}


def test_bare_machine_reports_the_fix_for_each_missing_tool() -> None:
    statuses = by_name(survey(optional=["tfsec"]))
    assert list(statuses)[:4] == ["python", "terraform", "hashicorp/aws", "tfsec"]
    assert statuses["python"].state is State.READY
    assert statuses["terraform"].state is State.ON_DEMAND
    assert statuses["terraform"].command == "modproof doctor --install"
    assert statuses["git"].state is State.MISSING
    assert statuses["git"].command
    assert not statuses["hashicorp/aws"].ok
    assert statuses["hashicorp/aws"].command.startswith("terraform providers mirror .modproof/providers")
    assert statuses["tflint"].command == "tox -e lint"


def test_go_is_reported_only_if_a_tool_must_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modproof.toolchain.catalog.platform_name", lambda: "linux_amd64")
    assert "go" not in by_name(survey())
    monkeypatch.setattr("modproof.toolchain.catalog.platform_name", lambda: "linux_riscv64")
    statuses = by_name(survey(optional=["tfsec"]))
    assert statuses["go"].state is State.MISSING
    assert statuses["tfsec"].state is State.MISSING
    assert "install Go" in statuses["tfsec"].command or "brew install go" in statuses["tfsec"].command


def test_optional_tool_is_reported_only_if_requested(machine: Any) -> None:
    assert "terragrunt" not in by_name(survey())
    assert by_name(survey(optional=["terragrunt"]))["terragrunt"].state is State.MISSING  # no Go toolchain
    machine.program("go", "echo go version go1.26.1 linux/amd64")
    status = by_name(survey(optional=["terragrunt"]))["terragrunt"]
    assert (status.state, status.command) == (State.ON_DEMAND, "modproof doctor --install")
    machine.program("terragrunt", "echo terragrunt version v1.1.2")  # below the minimum
    assert by_name(survey(optional=["terragrunt"]))["terragrunt"].state is State.ON_DEMAND
    path = machine.program("terragrunt", "echo terragrunt version v1.1.3")
    assert by_name(survey(optional=["terragrunt"]))["terragrunt"].where == str(path)


def test_accepted_but_untested_terraform_has_a_note(machine: Any) -> None:
    machine.program("terraform", "echo Terraform v1.9.8")
    status = by_name(survey())["terraform"]
    assert status.state is State.READY
    assert (status.version, status.wanted) == ("1.9.8", ">= 1.9, < 2 (tested: 1.11.4)")
    assert status.note == "1.9.8 is not tested; tested: 1.11.4"


def test_refused_version_has_a_note(machine: Any) -> None:
    path = machine.program("tfsec", "echo v1.20.0")
    status = by_name(survey(optional=["tfsec"]))["tfsec"]
    assert status.version == ""
    assert status.note == f"{path} (1.20.0) is not used: 1.28.14 is required"


def test_linters_are_omitted_without_repository_checks() -> None:
    names = by_name(survey(repository_checks=False))
    assert "terraform" in names
    assert not {"tflint", "terraform-docs", "actionlint", "shellcheck"} & set(names)


@pytest.mark.parametrize(
    ("version", "state", "note"),
    [
        ("5.100.0", State.READY, ""),
        ("5.99.1", State.READY, "5.99.1 is not tested; tested: 5.100.0"),
        ("7.0.0", State.MISSING, "no version in the range"),
    ],
)
def test_provider_in_the_mirror_is_ready_only_in_the_accepted_range(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, state: State, note: str
) -> None:
    (tmp_path / "m/registry.terraform.io/hashicorp/aws" / version / platform_name()).mkdir(parents=True)
    monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(tmp_path / "m"))
    required = ProviderVersions("< 7", lambda version: not version.startswith("7."))
    status = by_name(survey(provider_versions=required))["hashicorp/aws"]
    assert status.wanted == "< 7 (tested: 5.100.0)"
    assert (status.state, status.note, status.version) == (state, note, version)
    assert status.where == str(tmp_path / "m")


def test_extra_statuses_come_last() -> None:
    extra = ToolStatus("LocalStack", State.ON_DEMAND, "emulates AWS", "4.7.0")
    assert survey({"LocalStack": lambda: extra})[-1] is extra
