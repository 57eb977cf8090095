"""Runs Terraform commands in one root module, safely.

tftest provides the result types and the interface. How it starts Terraform is replaced: tftest 1.8.8 hangs on a large
standard error, treats a killed Terraform as a success, and passes on the caller's AWS credentials.
"""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tftest

from modproof.core import process
from modproof.core.environment import git_environment
from modproof.core.errors import CommandFailed, ProviderUnavailable, TimedOut
from modproof.terraform.diagnostics import Diagnostic, errors_in
from modproof.terraform.failures import PROVIDER_CAUSES, failure_in, failure_of, is_transient
from modproof.terraform.packages import pin, selected_packages
from modproof.terraform.pending import last_message, pending
from modproof.terraform.shared_provider import SharedProvider

__all__ = ["Diagnostic", "FetchedModule", "PlanRun", "Terraform", "refuse_killed", "timed_out"]

_SHOWN_CHARACTERS = 4000
_SHOWN_PENDING = 5
_FETCHING = ("init", "get")
_READING_PLANS = frozenset({"show"})
_USING_PROVIDERS = _READING_PLANS | {"apply", "destroy", "plan", "refresh"}
_RETRY_SECONDS = 1.0
"""The pause before another attempt to fetch modules and providers."""
_KILLED = (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)
_GO_CRASH = re.compile(r"^(?:fatal error|panic): .*", re.MULTILINE)
"""Go prints this when it ends a program, with exit code 2: https://pkg.go.dev/runtime"""


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A finished plan: ``changes`` says whether it has any; ``errors`` is empty if it succeeded."""

    changes: bool
    errors: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class FetchedModule:
    """A module from elsewhere: ``key`` is the path of calls to it (``call.inner``), ``folder`` its local copy."""

    key: str
    source: str
    folder: Path


class Terraform(tftest.TerraformTest):  # type: ignore[misc]  # tftest has no types
    """Terraform in one folder.

    ``env`` is the whole environment of every command: nothing is inherited. Only the commands that fetch modules see
    the caller's home folder and git settings. A command is killed with its process group after ``timeout_seconds``.
    Methods inherited from tftest raise CommandFailed if Terraform fails; the methods here return diagnostics instead.
    ``providers`` are the packages that commands other than ``init`` use without verifying them; :meth:`initialise`
    sets them.
    """

    timeout_hint = "find out what it waits for, or raise the timeout"
    """The remedy in the message after ``timeout_seconds``."""

    def __init__(self, folder: Path, *, binary: Path, env: Mapping[str, str], timeout_seconds: float = 600.0) -> None:
        # without a cache folder, tftest reads the source code of all callers to find one
        super().__init__(str(folder), binary=str(binary), env={}, cache_dir=str(folder))
        self.folder = folder
        self.env = {**env, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        self.timeout_seconds = timeout_seconds
        self.providers: Mapping[str, Path] = {}
        self._shared: SharedProvider | None = None

    def share(self, provider: SharedProvider) -> None:
        """Use the processes of ``provider`` for all commands from here on, until one of them fails."""
        self._shared = provider

    def environment(self, command: str, scratch: Path) -> dict[str, str]:
        """The whole environment of ``command``. ``scratch`` is an empty folder for its temporary files.

        Providers run with an empty home folder, so that none of them finds credentials there. ``init`` and ``get`` run
        no provider.
        """
        # a provider that is killed leaves its socket in the temporary folder
        environment = {**self.env, "TMPDIR": str(scratch)}
        if command in _FETCHING:
            environment |= git_environment()
        else:
            home = scratch / "home"
            home.mkdir()
            environment["HOME"] = str(home)
        if command != "init" and self.providers:
            environment["TF_CLI_CONFIG_FILE"] = str(pin(self.folder, self.providers))
        if self._shared is not None and command in _USING_PROVIDERS:
            environment |= self._shared.environment(schema_only=command in _READING_PLANS)
        return environment

    def run(self, *arguments: str) -> process.Completed:
        """Run a command to its end.

        Raises CommandFailed when it, or a wrapper's child, was killed by a signal, and TimedOut, with what it waited
        for, after ``timeout_seconds``.
        """
        try:
            completed = self._run(*arguments)
        except BaseException:
            self._finish_shared()
            raise
        if completed.returncode not in (0, 2):
            self._finish_shared()
        return completed

    def _finish_shared(self) -> None:
        """End the shared processes: after a failure they may still work on what Terraform has given up."""
        if self._shared is not None:
            self._shared.finish()

    def _run(self, *arguments: str) -> process.Completed:
        with process.temporary_folder("terraform") as temporary:
            try:
                completed = process.run(
                    [self.binary, *arguments],
                    cwd=self.folder,
                    env=self.environment(arguments[0], temporary),
                    timeout_seconds=self.timeout_seconds,
                )
            except TimedOut as error:
                raise timed_out(arguments[0], self.timeout_seconds, error.output, hint=self.timeout_hint) from error
        refuse_killed(arguments[0], completed)
        return completed

    def execute_command(self, cmd: str, *cmd_args: object) -> tftest.TerraformCommandOutput:
        """Called by tftest's methods. Raises CommandFailed on any exit code other than 0, or 2 for a detailed plan."""
        completed = self.run(cmd, *map(str, cmd_args))
        allowed = (0, 2) if "-detailed-exitcode" in cmd_args else (0,)
        if completed.returncode not in allowed:
            raise self._failure(cmd, completed)
        return tftest.TerraformCommandOutput(completed.returncode, completed.stdout, completed.stderr)

    def initialise(self) -> tuple[Diagnostic, ...]:
        """Install modules and providers; returns the errors in the configuration.

        Raises ProviderUnavailable when a provider cannot be installed, and CommandFailed when a module cannot be
        fetched or the machine is at fault.
        """
        errors = self.install()
        for error in errors:
            failure = failure_of(error)
            if failure is not None and failure.cause in PROVIDER_CAUSES:
                name = f"the provider {failure.provider}" if failure.provider else "a provider"
                raise ProviderUnavailable(f"terraform cannot install {name}: {failure.reason}", hint=failure.hint)
            if failure is not None:
                raise CommandFailed(f"terraform init failed: {error.text}", hint=failure.hint)
        return errors

    def install(self) -> tuple[Diagnostic, ...]:
        """Install modules and providers; returns all errors. A transient one is followed by one more attempt."""
        completed = self._init()
        if is_transient(errors_in(completed.stdout)):
            time.sleep(_RETRY_SECONDS)
            completed = self._init()
        errors = errors_in(completed.stdout)
        if completed.returncode != 0 and not errors:
            raise self._failure("init", completed)
        self.providers = {} if errors else selected_packages(self.folder)
        return errors

    def _init(self) -> process.Completed:
        return self.run("init", "-json", "-input=false", "-no-color", "-backend=true")

    def install_modules(self) -> bool:
        """Install modules only, if ``providers`` are set; returns whether that succeeded."""
        return self.run("get", "-no-color").returncode == 0

    def fetched_modules(self) -> list[FetchedModule]:
        """The modules that ``init`` or ``get`` fetched from other repositories or a registry."""
        manifest = self.folder / ".terraform" / "modules" / "modules.json"
        try:
            modules = json.loads(manifest.read_text(encoding="utf-8"))["Modules"]
        except (OSError, ValueError, KeyError):
            return []
        return [
            FetchedModule(module["Key"], module.get("Source", ""), self.folder / module["Dir"])
            for module in modules
            if module.get("Dir", "").startswith(".terraform")
        ]

    def plan_to(self, plan_file: Path, *, arguments: Iterable[str] = ()) -> PlanRun:
        """Plan into ``plan_file``, which Terraform also writes when conditions fail."""
        completed = self.run(
            "plan", "-json", "-input=false", "-no-color", "-detailed-exitcode", f"-out={plan_file}", *arguments
        )
        return self._plan_run("plan", completed)

    def apply_plan(self, plan_file: Path) -> tuple[Diagnostic, ...]:
        """Apply a saved plan; returns the errors."""
        return self._plan_run("apply", self.run("apply", "-json", "-input=false", "-no-color", str(plan_file))).errors

    def destroy_all(self, *, arguments: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
        """Destroy everything in the state; returns the errors."""
        completed = self.run("destroy", "-json", "-auto-approve", "-input=false", "-no-color", *arguments)
        return self._plan_run("destroy", completed).errors

    def show_plan(self, plan_file: Path, *, replaced: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A saved plan as Terraform's JSON, with the texts in ``replaced`` exchanged.

        Source: https://developer.hashicorp.com/terraform/internals/json-format
        """
        completed = self.run("show", "-json", "-no-color", str(plan_file))
        for found, written in (replaced or {}).items():
            completed = replace(completed, stdout=completed.stdout.replace(found, written))
        return self._object("show", completed)

    def provider_schemas(self) -> dict[str, Any]:
        """The schemas of all providers of the root module, in the form of ``terraform providers schema -json``."""
        return self._object("providers schema", self.run("providers", "schema", "-json"))

    def outputs(self) -> dict[str, Any]:
        """The values of the root module's outputs, including sensitive ones."""
        completed = self.run("output", "-json", "-no-color")
        return {name: output["value"] for name, output in self._object("output", completed).items()}

    def _object(self, command: str, completed: process.Completed) -> dict[str, Any]:
        if completed.returncode != 0:
            raise self._failure(command, completed)
        try:
            parsed = json.loads(completed.stdout)
        except ValueError:
            raise self._failure(command, completed) from None
        if not isinstance(parsed, dict):
            raise self._failure(command, completed)
        return parsed

    def _plan_run(self, command: str, completed: process.Completed) -> PlanRun:
        errors = errors_in(completed.stdout)
        failed = completed.returncode not in (0, 2) or _GO_CRASH.search(completed.stderr)
        if failed and not errors:
            raise self._failure(command, completed)
        return PlanRun(changes=completed.returncode == 2, errors=errors)

    def _failure(self, command: str, completed: process.Completed) -> CommandFailed:
        shown = (completed.stderr.strip() or completed.stdout.strip() or "nothing")[-_SHOWN_CHARACTERS:]
        failure = failure_in(shown)
        return CommandFailed(
            f"terraform {command} failed with exit code {completed.returncode}: {shown}",
            hint=failure.hint if failure else None,
        )


def refuse_killed(command: str, completed: process.Completed) -> None:
    """Raise CommandFailed if Terraform was killed by a signal."""
    killed_by = _signal_of(completed.returncode)
    if killed_by:
        raise CommandFailed(
            f"terraform {command} was killed by signal {killed_by}",
            hint="something outside the run killed it, such as the system when it is out of memory: free memory,"
            " and run again",
        )


def timed_out(command: str, seconds: float, output: str, *, calls: str = "", hint: str) -> TimedOut:
    """The error for a command that was stopped after ``seconds``: what it waited for according to its ``output``.

    ``calls`` describes the AWS calls that it repeated.
    """
    waiting = pending(output)
    text = f"terraform {command} was stopped after {seconds:.0f} seconds"
    if waiting:
        shown = ", ".join(map(str, waiting[:_SHOWN_PENDING]))
        more = f" and {len(waiting) - _SHOWN_PENDING} more" if len(waiting) > _SHOWN_PENDING else ""
        text = f"{text}, waiting for {shown}{more}"
    elif last := last_message(output):
        text = f"{text}, after the message {last!r}"
    error = TimedOut(f"{text}; {calls}" if calls else text, hint=hint)
    error.output = output
    return error


def _signal_of(returncode: int) -> int:
    """The signal that ended a program, 0 for none. A shell that ran it exits with 128 plus the signal."""
    return -returncode if returncode < 0 else returncode - 128 if returncode - 128 in _KILLED else 0
