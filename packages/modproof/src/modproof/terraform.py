"""One Terraform root module and the commands that run in it, safely.

tftest gives the result types and the interface; this class replaces how tftest starts Terraform, because as of 1.8.8
that waits for ever on a large standard error, takes a killed Terraform for a success, and hands the caller's AWS
credentials on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tftest

from modproof import process
from modproof.environment import git_environment
from modproof.errors import CommandFailed, ProviderUnavailable
from modproof.toolchain import chosen_packages, pin

__all__ = ["Diagnostic", "PlanRun", "Terraform"]

_PROVIDER_SUMMARIES = (
    "Failed to query available provider packages",
    "Failed to install provider",
    "Invalid provider registry host",
    "Required plugins are not installed",
)
_SHOWN_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or warning of Terraform's machine-readable output.

    ``filename`` is relative to the root module, ``line`` counts from 1; both are None where Terraform names none.
    """

    severity: str
    summary: str
    detail: str
    address: str | None = None
    filename: str | None = None
    line: int | None = None
    code: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Diagnostic:
        """One entry of ``diagnostics`` (validate) or of a ``diagnostic`` message (plan, apply, init).

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
            code=(raw.get("snippet") or {}).get("code"),
        )

    @property
    def wants_init(self) -> bool:
        """Whether a provider is missing that ``init`` would have installed."""
        return self.summary.startswith(("Inconsistent dependency lock file", "Required plugins are not installed"))

    @property
    def text(self) -> str:
        """Summary and detail in one line."""
        joined = f"{self.summary}: {self.detail}" if self.detail else self.summary
        return " ".join(joined.split())


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A plan that ended: ``changes`` says whether it would do anything; ``errors`` is empty when it succeeded."""

    changes: bool
    errors: tuple[Diagnostic, ...]


class Terraform(tftest.TerraformTest):  # type: ignore[misc]  # tftest has no types
    """Terraform in one folder.

    ``env`` is the whole environment of every command: nothing is inherited. Commands end after
    ``timeout_seconds`` with their process group. Methods inherited from tftest work and raise CommandFailed where
    Terraform fails; the methods here return diagnostics instead. ``providers`` are the packages that commands other
    than ``init`` take as they are; :meth:`initialise` finds them.
    """

    def __init__(self, folder: Path, *, binary: Path, env: Mapping[str, str], timeout_seconds: float = 600.0) -> None:
        super().__init__(str(folder), binary=str(binary), env={})
        self.folder = folder
        self.env = {**env, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        self.timeout_seconds = timeout_seconds
        self.providers: Mapping[str, Path] = {}

    def environment(self, command: str) -> dict[str, str]:
        """The whole environment of ``command``."""
        if command == "init":
            return {**self.env, **git_environment()}
        if self.providers:
            return {**self.env, "TF_CLI_CONFIG_FILE": str(pin(self.folder, self.providers))}
        return dict(self.env)

    def run(self, *arguments: str) -> process.Completed:
        """Run any command and return how it ended. Raises CommandFailed when a signal ended it."""
        with process.temporary_folder("terraform") as temporary:
            # a provider that is ended leaves its socket where it keeps temporary files
            env = {**self.environment(arguments[0]), "TMPDIR": str(temporary)}
            completed = process.run(
                [self.binary, *arguments], cwd=self.folder, env=env, timeout_seconds=self.timeout_seconds
            )
        if completed.returncode < 0:
            raise CommandFailed(
                f"terraform {arguments[0]} was ended by signal {-completed.returncode}",
                hint="something outside the run killed it; when memory is short, so does the system",
            )
        return completed

    def execute_command(self, cmd: str, *cmd_args: object) -> tftest.TerraformCommandOutput:
        """What tftest's own methods call. Raises CommandFailed on every exit code but 0, and 2 of a detailed plan."""
        completed = self.run(cmd, *map(str, cmd_args))
        allowed = (0, 2) if "-detailed-exitcode" in cmd_args else (0,)
        if completed.returncode not in allowed:
            raise self._failure(cmd, completed)
        return tftest.TerraformCommandOutput(completed.returncode, completed.stdout, completed.stderr)

    def initialise(self) -> tuple[Diagnostic, ...]:
        """Install modules and providers; the errors found, none when all is in place.

        Raises ProviderUnavailable when a provider cannot be had.
        """
        completed = self.run("init", "-json", "-input=false", "-no-color", "-backend=true")
        errors = _errors(completed.stdout)
        for error in errors:
            if error.summary.startswith(_PROVIDER_SUMMARIES):
                raise ProviderUnavailable(
                    f"terraform cannot get a provider: {' '.join(error.detail.split()) or error.summary}",
                    hint="connect to the registry, or point MODPROOF_PROVIDER_MIRROR at a filesystem mirror"
                    " (`terraform providers mirror FOLDER` fills one)",
                )
        if completed.returncode != 0 and not errors:
            raise self._failure("init", completed)
        self.providers = {} if errors else chosen_packages(self.folder)
        return errors

    def install_modules(self) -> bool:
        """Install modules only, where ``providers`` are known; whether that succeeded."""
        return self.run("get", "-no-color").returncode == 0

    def validate(self) -> tuple[Diagnostic, ...]:
        """The errors of ``terraform validate``, none when the configuration is valid."""
        completed = self.run("validate", "-json", "-no-color")
        try:
            diagnostics = json.loads(completed.stdout)["diagnostics"]
        except (ValueError, KeyError, TypeError):
            raise self._failure("validate", completed) from None
        return tuple(d for d in map(Diagnostic.parse, diagnostics) if d.severity == "error")

    def plan_to(self, plan_file: Path, *, arguments: Iterable[str] = ()) -> PlanRun:
        """Plan into ``plan_file`` (written also when checks fail, as Terraform does)."""
        completed = self.run(
            "plan", "-json", "-input=false", "-no-color", "-detailed-exitcode", f"-out={plan_file}", *arguments
        )
        return self._plan_run("plan", completed)

    def apply_plan(self, plan_file: Path) -> tuple[Diagnostic, ...]:
        """Apply a saved plan; the errors, none when everything was applied."""
        return self._plan_run("apply", self.run("apply", "-json", "-input=false", "-no-color", str(plan_file))).errors

    def destroy_all(self, *, arguments: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
        """Destroy everything in the state; the errors, none when it is empty afterwards."""
        completed = self.run("destroy", "-json", "-auto-approve", "-input=false", "-no-color", *arguments)
        return self._plan_run("destroy", completed).errors

    def show_plan(self, plan_file: Path, *, told: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A saved plan as Terraform's JSON, with each of the texts ``told`` written as it says.

        Source: https://developer.hashicorp.com/terraform/internals/json-format
        """
        completed = self.run("show", "-json", "-no-color", str(plan_file))
        for found, written in (told or {}).items():
            completed = replace(completed, stdout=completed.stdout.replace(found, written))
        return self._object("show", completed)

    def outputs(self) -> dict[str, Any]:
        """The values of the root module's outputs, sensitive ones included."""
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
        said = (completed.stderr.strip() or completed.stdout.strip() or "nothing")[-_SHOWN_CHARACTERS:]
        return CommandFailed(f"terraform {command} ended with exit code {completed.returncode} and said: {said}")


def _errors(stdout: str) -> tuple[Diagnostic, ...]:
    """The error diagnostics in a stream of JSON messages, one a line."""
    found: list[Diagnostic] = []
    for line in stdout.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue  # a plug-in's own output stands between the messages
        if isinstance(message, dict) and message.get("type") == "diagnostic":
            diagnostic = Diagnostic.parse(message["diagnostic"])
            if diagnostic.severity == "error":
                found.append(diagnostic)
    return tuple(found)
