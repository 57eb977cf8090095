"""Finding installed programs: the search order and the accepted versions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.core.errors import ConfigurationError
from modproof.toolchain import Source, catalog, gobuild


def test_path_comes_before_the_cache(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.terraform_release())
    toolchain.ensure("terraform")
    on_path = machine.program("terraform", "echo 'Terraform v1.11.4'")
    found = toolchain.find("terraform")
    assert found is not None
    assert (found.path, found.source) == (on_path, Source.PATH)


def test_accepted_version_later_on_path_is_found_after_a_refused_one(
    machine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.program("tfsec", "echo v1.20.0")
    second = machine.program("tfsec", "echo v1.28.14", tmp_path / "second")
    monkeypatch.setenv("PATH", f"{machine.bin}:{second.parent}")
    found = toolchain.find("tfsec")
    assert found is not None
    assert found.path == second


@pytest.mark.parametrize(
    ("version", "used"),
    [("1.8.5", False), ("1.9.0", True), ("1.11.4", True), ("1.12.0-beta1", True), ("2.0.0", False)],
)
def test_terraform_is_used_only_in_the_accepted_range(machine: Any, version: str, used: bool) -> None:
    machine.program("terraform", f"echo 'Terraform v{version}'")
    assert (toolchain.find("terraform") is not None) is used


@pytest.mark.parametrize("body", ["exit 127", "echo 'something else'", "kill -9 $$"])
def test_program_without_a_readable_version_is_not_used(machine: Any, body: str) -> None:
    machine.program("terraform", body)
    assert toolchain.find("terraform") is None


def test_linter_is_not_used_in_another_version_than_the_pinned_one(machine: Any) -> None:
    machine.program("tflint", "echo 'TFLint version 0.50.0'")
    assert toolchain.find("tflint") is None


def test_scripts_folder_of_the_running_python_is_searched(
    machine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "venv"))
    path = machine.program("uv", "echo 'uv 0.13.9 (x86_64)'", tmp_path / "venv")
    found = toolchain.find("uv")
    assert found is not None
    assert (found.path, found.source) == (path, Source.ENVIRONMENT)


def test_version_check_does_not_see_the_callers_environment(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere")
    machine.program(
        "terraform", '[ -z "$TF_CLI_CONFIG_FILE" ] && [ "$CHECKPOINT_DISABLE" = 1 ] && echo Terraform v1.11.4'
    )
    assert toolchain.find("terraform") is not None


def test_unknown_tool_is_reported_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown tool 'terrafrom'; known tools: terraform, .*tfsec, "):
        toolchain.find("terrafrom")


@pytest.mark.parametrize("name", [name for name, entry in catalog.TOOLS.items() if entry.go])
def test_go_mod_requires_the_version_in_the_catalog(name: str) -> None:
    entry = catalog.tool(name)
    assert entry.go is not None
    go_mod = (gobuild.source_folder(name) / "go.mod").read_text(encoding="utf-8")
    module = next(m for m in re.findall(r"^\s*(?:require )?(\S+) v\S+", go_mod, re.M) if entry.go.package.startswith(m))
    assert re.search(rf"^\s*(?:require )?{re.escape(module)} v{re.escape(entry.version)}(\s|$)", go_mod, re.M)
    assert f"tool {entry.go.package}\n" in go_mod
    assert (gobuild.source_folder(name) / "go.sum").is_file()


def test_pinned_hashes_are_distinct_sha256_values() -> None:
    hashes = [sha for entry in catalog.TOOLS.values() if entry.release for sha in entry.release.sha256.values()]
    assert all(re.fullmatch(r"[0-9a-f]{64}", sha) for sha in hashes)
    assert len(set(hashes)) == len(hashes)
