"""Every case plans with the oldest Terraform that the modules accept, where one is found: ``tox -e unit-oldest``."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from modproof.core import process
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


@pytest.mark.optional
def test_every_case_plans_with_the_oldest_terraform() -> None:
    oldest = oldest_accepted()
    program = os.environ.get(VARIABLE) or shutil.which("terraform")
    found = version_of(tool("terraform"), Path(program)) if program else None
    if found is None or not found.startswith(f"{oldest}."):
        pytest.skip(
            f"NOTHING WAS PLANNED with Terraform {oldest}: found {found or 'none'}. "
            f"Set {VARIABLE} to the path of one, or put it on PATH"
        )
    done = process.run(
        [sys.executable, "-m", "pytest", "tests/unit", "-q", "--color=no", f"--terraform-binary={program}"],
        cwd=ROOT,
        env=dict(os.environ),
        timeout_seconds=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, f"Terraform {found}:\n{done.stdout[-10_000:]}"


def test_modproof_accepts_the_oldest_terraform() -> None:
    assert tool("terraform").minimum == oldest_accepted()
