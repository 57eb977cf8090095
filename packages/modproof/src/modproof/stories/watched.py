"""Terraform commands that stop when the emulator dies.

The AWS provider treats a refused connection as a transient error and retries for minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from modproof.core import process
from modproof.core.errors import TimedOut
from modproof.terraform.addresses import Address
from modproof.terraform.runner import Diagnostic, Terraform

__all__ = ["WatchedTerraform"]

_USING_AWS = frozenset({"apply", "destroy", "plan", "refresh"})
_POLL_SECONDS = 0.1
_WATCH_SECONDS = 1.0


class WatchedTerraform(Terraform):
    """Terraform that calls ``watch``, which may raise, every second while a command uses AWS."""

    def __init__(
        self,
        folder: Path,
        *,
        binary: Path,
        env: Mapping[str, str],
        watch: Callable[[], None],
        timeout_seconds: float = 1800.0,
    ) -> None:
        super().__init__(folder, binary=binary, env=env, timeout_seconds=timeout_seconds)
        self.watch = watch

    def run(self, *arguments: str) -> process.Completed:
        """Run a command to its end. Raises what ``watch`` raises, after Terraform was stopped."""
        if arguments[0] not in _USING_AWS:
            return super().run(*arguments)
        argv = (str(self.binary), *arguments)
        started = looked = time.monotonic()
        with process.temporary_folder("terraform") as folder:
            env = self.environment(arguments[0], folder)
            service = process.start_service(argv, log=folder / "output", cwd=self.folder, env=env)
            try:
                while service.returncode() is None:
                    now = time.monotonic()
                    if now - started > self.timeout_seconds:
                        raise TimedOut(f"terraform {arguments[0]} did not end within {self.timeout_seconds:g} seconds")
                    if now - looked > _WATCH_SECONDS:
                        self.watch()
                        looked = now
                    time.sleep(_POLL_SECONDS)
            finally:
                service.stop()
            said = service.log.read_text(encoding="utf-8", errors="replace")
        code = service.returncode()
        completed = process.Completed(0 if code is None else code, said, "")
        if completed.returncode not in (0, 2):
            self.watch()  # the emulator may have died since the last check
        return completed

    def apply_all(self, *, arguments: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
        """Plan and apply in one command; returns the errors."""
        completed = self.run("apply", "-json", "-auto-approve", "-input=false", "-no-color", *arguments)
        return self._plan_run("apply", completed).errors

    def resource_types(self) -> set[str]:
        """The types of the managed resources in the state."""
        addresses = self.run("state", "list").stdout.split("\n")
        parsed = [Address.parse(address) for address in addresses if address.strip()]
        return {address.type for address in parsed if address.mode == "managed"}
