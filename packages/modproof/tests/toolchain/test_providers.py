"""The search order of provider mirrors, and the CLI configuration for Terraform."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.core.errors import ConfigurationError
from modproof.toolchain import providers
from modproof.toolchain.catalog import platform_name

AWS = "registry.terraform.io/hashicorp/aws"

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture(autouse=True)
def no_shared_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_SHARED_FOLDERS", ())


def fill(mirror: Path, version: str = "5.100.0") -> Path:
    (mirror / AWS / version / platform_name()).mkdir(parents=True)
    return mirror


def test_mirrors_are_searched_in_the_documented_order(
    machine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (machine.home / "pyproject.toml").write_text("[tool.modproof]\n")
    named, shared = fill(tmp_path / "named"), tmp_path / "shared"
    project = fill(machine.home / ".modproof/providers")
    implied = fill(machine.home / ".terraform.d/plugins")
    data_home = fill(machine.home / ".local/share/terraform/plugins")
    data_folder = fill(tmp_path / "data/terraform/plugins")
    first_shared = fill(shared / "a-mirror")
    fill(shared / "b-mirror")
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))
    monkeypatch.setattr(providers, "_SHARED_FOLDERS", (tmp_path / "not-there", shared))
    monkeypatch.setattr(sys, "platform", "linux")

    monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(named))
    assert toolchain.provider_mirror() == named
    monkeypatch.delenv("MODPROOF_PROVIDER_MIRROR")
    for place in (project, implied, data_home, data_folder, first_shared):
        assert toolchain.provider_mirror() == place
        (place / "registry.terraform.io").rename(place / "gone")
    (shared / "b-mirror/registry.terraform.io").rename(shared / "b-mirror/gone")
    assert toolchain.provider_mirror() is None


def test_mirror_of_the_project_that_contains_the_start_folder_is_used(tmp_path: Path) -> None:
    inner = tmp_path / "project/modules/x"
    inner.mkdir(parents=True)
    (inner / "main.tf").touch()
    mirror = fill(tmp_path / "project/.modproof/providers")
    assert toolchain.provider_mirror(inner) == mirror
    assert toolchain.provider_mirror() is None


def test_configured_mirror_without_providers_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(tmp_path / "empty"))
    with pytest.raises(ConfigurationError, match=r"MODPROOF_PROVIDER_MIRROR is .*empty, which has no HOST"):
        toolchain.provider_mirror()


def test_configuration_installs_mirrored_providers_only_from_the_mirror(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror = fill(tmp_path / 'mirror "quoted"')
    (mirror / "registry.example.org/team/tool/1.0.0").mkdir(parents=True)
    monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(mirror))

    path = toolchain.terraform_cli_config(tmp_path / "run")

    assert path.parent == tmp_path / "run"
    mirrored = '["registry.example.org/team/tool", "registry.terraform.io/hashicorp/aws"]'
    assert path.read_text(encoding="utf-8").splitlines()[1:] == [
        "disable_checkpoint = true",
        "provider_installation {",
        "  filesystem_mirror {",
        f'    path    = "{tmp_path}/mirror \\"quoted\\""',
        f"    include = {mirrored}",
        "  }",
        "  direct {",
        f"    exclude = {mirrored}",
        "  }",
        "}",
    ]


def test_configuration_without_a_mirror_caches_providers_from_the_registry(machine: Any, tmp_path: Path) -> None:
    text = toolchain.terraform_cli_config(tmp_path).read_text(encoding="utf-8")
    assert f'plugin_cache_dir   = "{machine.cache}/providers"' in text
    assert "disable_checkpoint = true" in text
    assert "provider_installation" not in text
    assert (machine.cache / "providers").is_dir()


def test_concurrent_inits_without_a_mirror_run_one_at_a_time() -> None:
    inside, overlaps = [0], []

    def run() -> None:
        with toolchain.initialising():
            inside[0] += 1
            overlaps.append(inside[0])
            threading.Event().wait(0.05)
            inside[0] -= 1

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [1, 1, 1]


def test_concurrent_inits_with_a_mirror_take_no_lock(
    machine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODPROOF_PROVIDER_MIRROR", str(fill(tmp_path / "mirror")))
    with toolchain.initialising(), toolchain.initialising():
        assert not (machine.cache / "locks").exists()


def test_mirrored_versions_are_found_unpacked_and_packed(tmp_path: Path) -> None:
    fill(tmp_path, "5.83.0")
    (tmp_path / AWS / "5.90.0/plan9_mips").mkdir(parents=True)
    (tmp_path / AWS / f"terraform-provider-aws_5.99.1_{platform_name()}.zip").touch()
    assert providers.mirrored_versions(tmp_path, "hashicorp", "aws") == ["5.83.0", "5.99.1"]
    assert providers.mirrored_versions(tmp_path, "hashicorp", "random") == []
