"""Terraform commands that stop when the emulator dies, or when the step takes too long.

The AWS provider treats a refused connection and an answer 5xx as transient errors and retries for minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from modproof.core import process
from modproof.core.errors import TimedOut
from modproof.terraform.addresses import Address
from modproof.terraform.failures import is_transient
from modproof.terraform.pending import pending
from modproof.terraform.runner import Diagnostic, PlanRun, Terraform, refuse_killed, timed_out

__all__ = ["INTERRUPT_SECONDS", "WatchedTerraform", "until_ended"]

_USING_AWS = frozenset({"apply", "destroy", "plan", "refresh"})
_POLL_SECONDS = 0.1
_WATCH_SECONDS = 1.0
INTERRUPT_SECONDS = 15.0
"""The time for Terraform to cancel its operations and write the state, before it is killed."""
_RETRY_SECONDS = 1.0


def until_ended(
    service: process.Service,
    *,
    deadline: float,
    watch: Callable[[], None],
    too_late: Callable[[], TimedOut],
    poll: Callable[[], None] = lambda: None,
) -> int:
    """Wait for the end of ``service``, and return its exit code. It has ended too when this raises.

    ``watch``, which may raise, is called every second, and after a failure. ``poll`` is called more often. Raises the
    error from ``too_late`` at ``deadline``, a value of ``time.monotonic``.
    """
    looked = time.monotonic()
    try:
        while service.returncode() is None:
            now = time.monotonic()
            if now > deadline:
                raise too_late()
            if now - looked > _WATCH_SECONDS:
                watch()
                looked = now
            poll()
            time.sleep(_POLL_SECONDS)
    finally:
        service.stop()
    code = service.returncode() or 0
    if code not in (0, 2):
        watch()  # the emulator may have died since the last check
    return code


class WatchedTerraform(Terraform):
    """Terraform that calls ``watch``, which may raise, every second while a command uses AWS.

    The commands since :meth:`begin_step` may together take ``step_seconds``. ``repeated_calls`` describes the AWS calls
    that were repeated lately, for resources of the types passed to it.
    """

    timeout_hint = (
        "find out why it waits; if the step needs more time, raise `step_timeout` of the story, or --step-timeout"
        " (pytest: --modproof-step-timeout)"
    )

    def __init__(
        self,
        folder: Path,
        *,
        binary: Path,
        env: Mapping[str, str],
        watch: Callable[[], None],
        step_seconds: float,
        repeated_calls: Callable[[set[str]], str] = lambda _: "",
    ) -> None:
        super().__init__(folder, binary=binary, env=env, timeout_seconds=step_seconds)
        self.watch = watch
        self.step_seconds = step_seconds
        self.repeated_calls = repeated_calls
        self.begin_step()

    def begin_step(self) -> None:
        """Begin to count the time of the next step."""
        self._deadline = time.monotonic() + self.step_seconds

    def run(self, *arguments: str) -> process.Completed:
        """Run a command to its end.

        Raises TimedOut when the step takes too long, CommandFailed when a signal killed Terraform, and what ``watch``
        raises. Terraform has ended then.
        """
        self.timeout_seconds = max(self._deadline - time.monotonic(), 0.1)
        return super().run(*arguments)

    def _run(self, *arguments: str) -> process.Completed:
        return self._run_watched(*arguments) if arguments[0] in _USING_AWS else super()._run(*arguments)

    def _run_watched(self, *arguments: str) -> process.Completed:
        argv = (str(self.binary), *arguments)
        with process.temporary_folder("terraform") as folder:
            env = self.environment(arguments[0], folder)
            service = process.start_service(argv, log=folder / "output", cwd=self.folder, env=env)
            code = until_ended(
                service,
                deadline=self._deadline,
                watch=self.watch,
                too_late=lambda: self._too_late(arguments[0], service),
            )
            completed = process.Completed(code, service.log.read_text(encoding="utf-8", errors="replace"), "")
        refuse_killed(arguments[0], completed)
        return completed

    def _too_late(self, command: str, service: process.Service) -> TimedOut:
        """Interrupt Terraform, so that it writes the state, and say what it waited for."""
        output = service.log.read_text(encoding="utf-8", errors="replace")
        types = {Address.parse(each.address).type for each in pending(output)}
        calls = self.repeated_calls(types)
        repeated = f"repeated AWS calls of the last minute: {calls}" if calls else ""
        service.interrupt(INTERRUPT_SECONDS)
        return timed_out(command, self.step_seconds, output, calls=repeated, hint=self.timeout_hint)

    def plan_to(self, plan_file: Path, *, arguments: Iterable[str] = ()) -> PlanRun:
        """Plan into ``plan_file``. A transient failure is followed by one more attempt: a plan changes nothing."""
        arguments = tuple(arguments)
        run = super().plan_to(plan_file, arguments=arguments)
        if is_transient(run.errors):
            time.sleep(_RETRY_SECONDS)
            run = super().plan_to(plan_file, arguments=arguments)
        return run

    def apply_all(self, *, arguments: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
        """Plan and apply in one command; returns the errors."""
        completed = self.run("apply", "-json", "-auto-approve", "-input=false", "-no-color", *arguments)
        return self._plan_run("apply", completed).errors

    def resource_types(self) -> set[str]:
        """The types of the managed resources in the state."""
        addresses = self.run("state", "list").stdout.split("\n")
        parsed = [Address.parse(address) for address in addresses if address.strip()]
        return {address.type for address in parsed if address.mode == "managed"}
