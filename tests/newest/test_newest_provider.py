"""Every case plans with the newest AWS provider, where a 6.x is found: ``tox -e unit-newest``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from modproof.core import process
from modproof.toolchain.catalog import platform_name, version_key
from modproof.toolchain.providers import MIRROR_VARIABLE, mirrored_versions, provider_mirror

ROOT = Path(__file__).parents[2]
PROVIDER = Path("registry.terraform.io/hashicorp/aws")
MAJOR = "6."
TIMEOUT_SECONDS = 1800.0


def newest_mirror(mirror: Path, major: str, folder: Path) -> str:
    """Write a mirror below ``folder`` with the newest version of ``major`` in ``mirror``; returns the version or "".

    Terraform then has no other version to select.
    """
    versions = [each for each in mirrored_versions(mirror, "hashicorp", "aws") if each.startswith(major)]
    if not versions:
        return ""
    newest = max(versions, key=version_key)
    target = folder / PROVIDER
    unpacked = mirror / PROVIDER / newest / platform_name()
    if unpacked.is_dir():
        (target / newest).mkdir(parents=True)
        (target / newest / platform_name()).symlink_to(unpacked)
    else:
        target.mkdir(parents=True)
        package = f"terraform-provider-aws_{newest}_{platform_name()}.zip"
        (target / package).symlink_to(mirror / PROVIDER / package)
    return newest


@pytest.mark.optional
def test_every_case_plans_with_the_newest_provider(tmp_path: Path) -> None:
    mirror = provider_mirror(ROOT)
    newest = newest_mirror(mirror, MAJOR, tmp_path) if mirror is not None else ""
    if not newest:
        place = f"the mirror {mirror} has none" if mirror else "there is no mirror"
        pytest.skip(
            f"NOTHING WAS PLANNED with AWS provider {MAJOR}x: {place}. "
            f"Fill one with terraform providers mirror FOLDER, and set {MIRROR_VARIABLE}=FOLDER"
        )
    done = process.run(
        [sys.executable, "-m", "pytest", "tests/unit", "-q", "--color=no"],
        cwd=ROOT,
        env={**os.environ, MIRROR_VARIABLE: str(tmp_path)},
        timeout_seconds=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, f"provider {newest}:\n{done.stdout[-10_000:]}"


@pytest.mark.parametrize("packed", [True, False])
def test_the_mirror_has_only_the_newest_version(tmp_path: Path, packed: bool) -> None:
    for version in ("5.100.0", "6.9.0", "6.25.0"):
        folder = tmp_path / "all" / PROVIDER
        if packed:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"terraform-provider-aws_{version}_{platform_name()}.zip").touch()
        else:
            (folder / version / platform_name()).mkdir(parents=True)
    assert newest_mirror(tmp_path / "all", "6.", tmp_path / "one") == "6.25.0"
    assert mirrored_versions(tmp_path / "one", "hashicorp", "aws") == ["6.25.0"]
    assert newest_mirror(tmp_path / "all", "7.", tmp_path / "none") == ""
