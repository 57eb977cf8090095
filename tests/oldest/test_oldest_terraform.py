"""Every case plans with the oldest Terraform that the modules accept, found or built: ``tox -e unit-oldest``."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.core import process
from modproof.core.errors import ToolMissing
from modproof.toolchain.catalog import tool
from modproof.toolchain.locate import version_of

ROOT = Path(__file__).parents[2]
VARIABLE = "MODPROOF_OLDEST_TERRAFORM"
TIMEOUT_SECONDS = 1800.0


def oldest_accepted() -> str:
    """The minor version in ``required_version`` of every module."""
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("modules/*/versions.tf")]
    (version,) = {found for text in texts for found in re.findall(r'required_version = ">= (\d+\.\d+)"', text)}
    return version


def oldest_terraform(version: str) -> Path:
    """A Terraform of this minor version: of the user, on PATH, or built. Raises ToolMissing."""
    chosen, other = os.environ.get(VARIABLE), shutil.which("terraform")
    if chosen:
        assert is_of(version, chosen), f"{VARIABLE}: {chosen} is not Terraform {version}"
        return Path(chosen)
    return Path(other) if other and is_of(version, other) else toolchain.ensure("terraform-oldest")


def is_of(version: str, program: str) -> bool:
    """Whether ``program`` is a Terraform of this minor version."""
    return (version_of(tool("terraform"), Path(program)) or "").startswith(f"{version}.")


@pytest.mark.optional
def test_every_case_plans_with_the_oldest_terraform() -> None:
    oldest = oldest_accepted()
    try:
        program = oldest_terraform(oldest)
    except ToolMissing as error:
        pytest.skip(f"NOTHING WAS PLANNED with Terraform {oldest}: {error}. Or set {VARIABLE} to the path of one")
    done = process.run(
        [sys.executable, "-m", "pytest", "tests/unit", "-q", "--color=no", f"--terraform-binary={program}"],
        cwd=ROOT,
        env=dict(os.environ),
        timeout_seconds=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, f"{program}:\n{done.stdout[-10_000:]}"


def test_another_version_in_the_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/bin/true")
    with pytest.raises(AssertionError, match=f"{VARIABLE}: /bin/true is not Terraform"):
        oldest_terraform(oldest_accepted())


def test_modproof_accepts_the_oldest_terraform() -> None:
    assert tool("terraform").minimum == tool("terraform-oldest").minimum == oldest_accepted()
