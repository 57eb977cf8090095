"""Run Terraform directly, for tests that cannot be written as cases or stories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.core.environment import NO_ACCOUNT, aws_environment
from modproof.core.project import Project
from modproof.emulator import Emulator
from modproof.terraform.runner import Diagnostic
from modproof.terraform.watched import WatchedTerraform

PROJECT = Project(Path(__file__).parents[1])
REGION = "eu-west-1"
TEST_SECONDS = 1200.0
"""The limit of all Terraform commands of one test together."""


def terraform_in(
    folder: Path, *, endpoint_url: str, account: str = NO_ACCOUNT, watch: Callable[[], None] = lambda: None
) -> WatchedTerraform:
    """Return Terraform, initialised in ``folder``, with its AWS calls sent to ``endpoint_url``."""
    cli_config = toolchain.terraform_cli_config(PROJECT.state, PROJECT.root)
    environment = aws_environment(
        endpoint_url=endpoint_url, account=account, region=REGION, extra={"TF_CLI_CONFIG_FILE": str(cli_config)}
    )
    terraform = WatchedTerraform(
        folder, binary=toolchain.ensure("terraform"), env=environment, watch=watch, step_seconds=TEST_SECONDS
    )
    with toolchain.initialising(PROJECT.root):
        assert terraform.initialise() == ()
    return terraform


class AppliedModule:
    """A copy of a module, called by a generated root module that is applied to the emulator as ``account``.

    ``region`` is the AWS region, ``module`` the copy's folder, ``root`` the root module's folder.
    """

    region = REGION

    def __init__(self, name: str, folder: Path, emulator: Emulator, account: str) -> None:
        self.module = folder / "modules" / name
        self.root = folder / "root"
        self.account = account
        self._emulator = emulator
        self._terraform: WatchedTerraform | None = None
        shutil.copytree(PROJECT.module_folder(name), self.module)
        self.root.mkdir()

    def call(self, arguments: Mapping[str, Any]) -> None:
        """Write the module call; :meth:`apply` applies it."""
        called = {"source": f"../modules/{self.module.name}", **arguments}
        document = {"provider": {"aws": {"region": REGION}}, "module": {"it": called}}
        (self.root / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")

    @property
    def terraform(self) -> WatchedTerraform:
        """The root module's Terraform, initialised at first use, after the first :meth:`call`."""
        if self._terraform is None:
            self._terraform = terraform_in(
                self.root,
                endpoint_url=self._emulator.endpoint_url,
                account=self.account,
                watch=partial(self._emulator.check, f"applying {self.module.name}"),
            )
        return self._terraform

    def apply(self) -> tuple[Diagnostic, ...]:
        """Apply the root module and return Terraform's errors."""
        return self.terraform.apply_all()


@pytest.fixture(name="terraform_in", scope="session")
def _terraform_in() -> Callable[..., WatchedTerraform]:
    """Return :func:`terraform_in`."""
    return terraform_in


@pytest.fixture(scope="session")
def copied_module(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], AppliedModule]:
    """Return ``copied_module(name, account)``, which copies a module of this repository to apply as ``account``."""

    def copied(name: str, account: str) -> AppliedModule:
        return AppliedModule(name, tmp_path_factory.mktemp(name), emulator, account)

    return copied
