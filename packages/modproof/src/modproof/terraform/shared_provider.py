"""One process of the AWS provider for several Terraform commands: starting it costs more than most commands do.

Source: https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from modproof.core import process

__all__ = ["AWS", "SharedProvider"]

AWS = "registry.terraform.io/hashicorp/aws"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.05
_REATTACH = re.compile(r"^\s*TF_REATTACH_PROVIDERS='(?P<value>\{.*\})'\s*$", re.MULTILINE)


class SharedProvider:
    """The provider in the folder ``package``, with exactly the environment ``env``; ``scratch`` is an empty folder.

    It runs in ``folder``, that of the commands: a relative path in a resource is relative to it.
    Commands that use it at the same time, or with several configurations of the provider, overwrite each other's
    configuration.
    """

    def __init__(self, package: Path, *, folder: Path, env: Mapping[str, str], scratch: Path) -> None:
        self._package = package
        self._folder = folder
        self._env = env
        self._service: process.Service | None = None
        self._value = ""
        self.log = scratch / "provider.log"
        """What the provider logs, if it runs."""

    def environment(self) -> dict[str, str]:
        """What makes Terraform use the process, which is started if necessary; empty if it does not run."""
        if self._service is None:
            self._start()
        if self._service is None or self._service.returncode() is not None or not self._value:
            return {}
        return {"TF_REATTACH_PROVIDERS": self._value}

    def stop(self) -> None:
        """End the process. Safe to call twice."""
        if self._service is not None:
            self._service.stop()

    def _start(self) -> None:
        programs = sorted(self._package.glob("terraform-provider-aws*"))
        if not programs:
            return
        argv = [str(programs[0].resolve()), "-debug"]
        self._service = process.start_service(argv, log=self.log, cwd=self._folder, env=self._env)
        deadline = time.monotonic() + _START_SECONDS
        while self._service.returncode() is None and time.monotonic() < deadline:
            match = _REATTACH.search(self.log.read_text(encoding="utf-8", errors="replace"))
            if match:
                self._value = match["value"]
                return
            time.sleep(_POLL_SECONDS)
        self._service.stop()
