"""Runs Terraform commands in one root module, safely.

tftest provides the result types and the interface. How it starts Terraform is replaced: tftest 1.8.8 hangs on a large
standard error, treats a killed Terraform as a success, and passes on the caller's AWS credentials.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tftest

from modproof.core import process
from modproof.core.environment import git_environment
from modproof.core.errors import CommandFailed, ProviderUnavailable
from modproof.terraform.packages import pin, selected_packages

__all__ = ["Diagnostic", "FetchedModule", "PlanRun", "Terraform"]

_PROVIDER_SUMMARIES = (
    "Failed to query available provider packages",
    "Failed to install provider",
    "Invalid provider registry host",
    "Required plugins are not installed",
)
_SHOWN_CHARACTERS = 4000
_FETCHING = ("init", "get")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or warning in Terraform's machine-readable output.

    ``filename`` is relative to the root module, ``line`` counts from 1; both may be None.
    """

    severity: str
    summary: str
    detail: str
    address: str | None = None
    filename: str | None = None
    line: int | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Diagnostic:
        """The content of a ``diagnostic`` message (plan, apply, init).

        Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
        """
        span = raw.get("range") or {}
        return cls(
            severity=str(raw.get("severity", "error")),
            summary=str(raw.get("summary", "")),
            detail=str(raw.get("detail", "")),
            address=raw.get("address"),
            filename=span.get("filename"),
            line=(span.get("start") or {}).get("line"),
        )

    @property
    def needs_init(self) -> bool:
        """Whether a provider is missing that ``init`` would have installed."""
        return self.summary.startswith(("Inconsistent dependency lock file", "Required plugins are not installed"))

    @property
    def text(self) -> str:
        """Summary and detail in one line."""
        joined = f"{self.summary}: {self.detail}" if self.detail else self.summary
        return " ".join(joined.split())


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

    def __init__(self, folder: Path, *, binary: Path, env: Mapping[str, str], timeout_seconds: float = 600.0) -> None:
        super().__init__(str(folder), binary=str(binary), env={})
        self.folder = folder
        self.env = {**env, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        self.timeout_seconds = timeout_seconds
        self.providers: Mapping[str, Path] = {}

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
        return environment

    def run(self, *arguments: str) -> process.Completed:
        """Run a command to its end. Raises CommandFailed when it was killed by a signal."""
        with process.temporary_folder("terraform") as temporary:
            completed = process.run(
                [self.binary, *arguments],
                cwd=self.folder,
                env=self.environment(arguments[0], temporary),
                timeout_seconds=self.timeout_seconds,
            )
        if completed.returncode < 0:
            raise CommandFailed(
                f"terraform {arguments[0]} was killed by signal {-completed.returncode}",
                hint="something outside the run killed it, such as the system when it is out of memory",
            )
        return completed

    def execute_command(self, cmd: str, *cmd_args: object) -> tftest.TerraformCommandOutput:
        """Called by tftest's methods. Raises CommandFailed on any exit code other than 0, or 2 for a detailed plan."""
        completed = self.run(cmd, *map(str, cmd_args))
        allowed = (0, 2) if "-detailed-exitcode" in cmd_args else (0,)
        if completed.returncode not in allowed:
            raise self._failure(cmd, completed)
        return tftest.TerraformCommandOutput(completed.returncode, completed.stdout, completed.stderr)

    def initialise(self) -> tuple[Diagnostic, ...]:
        """Install modules and providers; returns the errors.

        Raises ProviderUnavailable when a provider cannot be installed.
        """
        completed = self.run("init", "-json", "-input=false", "-no-color", "-backend=true")
        errors = _errors(completed.stdout)
        for error in errors:
            if error.summary.startswith(_PROVIDER_SUMMARIES):
                raise ProviderUnavailable(
                    f"terraform cannot install a provider: {' '.join(error.detail.split()) or error.summary}",
                    hint="connect to the registry, or point MODPROOF_PROVIDER_MIRROR at a filesystem mirror"
                    " (`terraform providers mirror FOLDER` fills one)",
                )
        if completed.returncode != 0 and not errors:
            raise self._failure("init", completed)
        self.providers = {} if errors else selected_packages(self.folder)
        return errors

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
        errors = _errors(completed.stdout)
        if completed.returncode not in (0, 2) and not errors:
            raise self._failure(command, completed)
        return PlanRun(changes=completed.returncode == 2, errors=errors)

    def _failure(self, command: str, completed: process.Completed) -> CommandFailed:
        shown = (completed.stderr.strip() or completed.stdout.strip() or "nothing")[-_SHOWN_CHARACTERS:]
        return CommandFailed(f"terraform {command} failed with exit code {completed.returncode}: {shown}")


def _errors(stdout: str) -> tuple[Diagnostic, ...]:
    """The error diagnostics in a stream of JSON messages, one per line."""
    found: list[Diagnostic] = []
    for line in stdout.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue  # output of a plug-in between the messages
        if isinstance(message, dict) and message.get("type") == "diagnostic":
            diagnostic = Diagnostic.parse(message["diagnostic"])
            if diagnostic.severity == "error":
                found.append(diagnostic)
    return tuple(found)
