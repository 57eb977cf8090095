"""Terragrunt commands on a folder of units that stop when the emulator dies, and what they report for each unit."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.core import process
from modproof.core.errors import CommandFailed, TimedOut
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.runner import timed_out
from modproof.terraform.terragrunt import CONFIG, GENERATED
from modproof.terraform.watched import INTERRUPT_SECONDS, WatchedTerraform, until_ended

__all__ = ["TreeRun", "UnitRun", "WatchedTerragrunt", "unit_name", "units_below"]

_FIND_SECONDS = 60.0
_SHOWN_CHARACTERS = 2000
_NO_CHANGE = ("noop", "no-op")


def unit_name(path: str) -> str:
    """The path of a unit without the folder that Terragrunt generates stacks into."""
    return "/".join(part for part in path.split("/") if part not in (GENERATED, "."))


@dataclass(slots=True)
class UnitRun:
    """What a command did in one unit.

    ``result`` is Terragrunt's: ``succeeded``, ``failed``, ``early exit`` (not run, because ``cause`` failed) or
    ``excluded``. ``outputs`` are those after an apply, without sensitive ones. ``changed`` says whether a plan has
    changes of resources or outputs, and ``moved`` whether it lists any resource, such as one with a new address.
    """

    result: str = ""
    cause: str = ""
    errors: list[Diagnostic] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    changed: bool = False
    moved: bool = False


@dataclass(slots=True)
class TreeRun:
    """A finished command: what it did in each unit, by :func:`unit_name`, and Terragrunt's own errors.

    ``named`` has what its warnings list, such as the inputs that a module does not have.
    """

    returncode: int
    units: dict[str, UnitRun] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    output: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it succeeded. A plan with changes exits with 2."""
        return self.returncode in (0, 2) and all(run.result in ("", "succeeded") for run in self.units.values())

    def correct_destroy(self, dependents: Callable[[str], set[str]]) -> None:
        """Set which units failed in a destroy, and which were not run because of them.

        A destroy begins with the units on which no other depends, but Terragrunt 1.1.3 takes a dependency for the cause
        here too: it reports a failed unit as skipped because of a unit that was skipped, and the last one without a
        cause. ``dependents`` returns the units that depend on a unit, directly or indirectly.
        """
        stopped = {name for name, run in self.units.items() if run.result in ("failed", "early exit")}
        before = {name: (dependents(name) & stopped) - {name} for name in stopped}
        failed = {name for name in stopped if self.units[name].errors or not before[name]}
        for name in stopped:
            run = self.units[name]
            run.result = "failed" if name in failed else "early exit"
            run.cause = "" if name in failed else ", ".join(sorted(before[name] & failed))


class WatchedTerragrunt:
    """Terragrunt in ``folder``, with exactly the environment ``env``, which may change between commands.

    ``watch``, which may raise, is called every second while a command runs, and ``on_unit`` with the name of each unit
    that prints something. ``scratch`` is a folder for logs and reports. The commands since :meth:`begin_step` may
    together take ``step_seconds``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        binary: Path,
        env: Mapping[str, str],
        scratch: Path,
        watch: Callable[[], None],
        on_unit: Callable[[str], None],
        step_seconds: float,
    ) -> None:
        self.folder = folder
        self.scratch = scratch
        self._binary = binary
        self.environment = env
        self._watch = watch
        self._on_unit = on_unit
        self._step_seconds = step_seconds
        self.begin_step()

    def begin_step(self) -> None:
        """Begin to count the time of the next step."""
        self._deadline = time.monotonic() + self._step_seconds

    def run(self, *arguments: str) -> TreeRun:
        """Run a command to its end. Raises TimedOut, and what ``watch`` raises, after Terragrunt was stopped."""
        log = self.scratch / "log"
        service = process.start_service([str(self._binary), *arguments], log=log, cwd=self.folder, env=self.environment)
        reader = _LogReader(log, f"{self.folder}/", self._on_unit)

        def too_late() -> TimedOut:
            reader.read()
            service.interrupt(INTERRUPT_SECONDS)  # Terraform cancels its operations and writes the state
            return timed_out(arguments[0], self._step_seconds, reader.events, hint=WatchedTerraform.timeout_hint)

        code = until_ended(service, deadline=self._deadline, watch=self._watch, too_late=too_late, poll=reader.read)
        reader.read()
        if code < 0:
            raise CommandFailed(f"terragrunt {arguments[0]} was killed by signal {-code}", path=self.folder)
        return reader.result(code)

    def run_all(self, command: str, *arguments: str, only: Iterable[str] = (), out: Path | None = None) -> TreeRun:
        """Run a Terraform command in every unit, or in those that the filters ``only`` select, in dependency order.

        ``out`` is the folder for saved plans.
        """
        report = self.scratch / "report.json"
        report.unlink(missing_ok=True)
        filters = [f"--filter={one}" for one in only]
        saved = [f"--out-dir={out}"] if out is not None else []
        run = self.run(
            "run", "--all", f"--report-file={report}", "--report-format=json", *filters, *saved, "--", command,
            "-input=false", *arguments,
        )  # fmt: skip
        for entry in _report(report):
            unit = run.units.setdefault(unit_name(entry["Name"]), UnitRun())
            unit.result = entry.get("Result", "")
            unit.cause = entry.get("Cause", "")
        return run

    def dependencies(self) -> dict[str, set[str]]:
        """The units that each unit depends on, by name. Raises CommandFailed."""
        return {
            unit_name(found["path"]): {unit_name(path) for path in found.get("dependencies", ())}
            for found in self._json(self.folder, "find", "--json", "--dependencies")
        }

    def rendered(self, unit: str) -> dict[str, Any]:
        """The configuration of the unit in the folder ``unit``, relative to this one. Raises CommandFailed."""
        found: dict[str, Any] = self._json(self.folder / unit, "render", "--json")
        return found

    def _json(self, folder: Path, *arguments: str) -> Any:
        argv = [str(self._binary), *arguments]
        done = process.run(argv, cwd=folder, env=self.environment, timeout_seconds=_FIND_SECONDS)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[:_SHOWN_CHARACTERS]
            raise CommandFailed(f"terragrunt {arguments[0]} failed: {said}")
        return json.loads(done.stdout)


def _report(path: Path) -> list[dict[str, Any]]:
    """Source: https://docs.terragrunt.com/features/run-report."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # Terragrunt failed before the first unit
    return found if isinstance(found, list) else []


class _LogReader:
    """Reads Terragrunt's JSON log, in which each line that Terraform prints is a message with its unit."""

    def __init__(self, log: Path, folder: str, on_unit: Callable[[str], None]) -> None:
        self._log = log
        self._folder = folder
        self._on_unit = on_unit
        self._at = 0
        self._rest = ""
        self._plain: list[str] = []
        self._events: list[str] = []
        self._run = TreeRun(0)

    def result(self, returncode: int) -> TreeRun:
        self._run.returncode = returncode
        self._run.output = "\n".join(self._plain)[-_SHOWN_CHARACTERS:]
        return self._run

    @property
    def events(self) -> str:
        """What Terraform printed in all units."""
        return "\n".join(self._events)

    def read(self) -> None:
        with self._log.open("rb") as file:
            file.seek(self._at)
            content = file.read()
            self._at = file.tell()
        *lines, self._rest = (self._rest + content.decode("utf-8", errors="replace")).split("\n")
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        entry = _object(line)
        if entry is None or "msg" not in entry:
            self._plain.append(line)
            return
        message = str(entry["msg"])
        if entry.get("tf-command-args"):
            name = unit_name(str(entry.get("working-dir", "")).removeprefix(self._folder))
            unit = self._run.units.setdefault(name, UnitRun())
            self._on_unit(name)
            for event in message.splitlines():
                self._events.append(event)
                _note(unit, event, str(entry.get("level")))
        elif entry.get("level") == "error":
            self._run.errors.append(" ".join(message.split()))
        elif entry.get("level") == "warn" and message.startswith("\t- "):
            self._run.named.append(message.removeprefix("\t- ").strip())


def _note(unit: UnitRun, line: str, level: str) -> None:
    """Add a line that Terraform printed: https://developer.hashicorp.com/terraform/internals/machine-readable-ui."""
    event = _object(line)
    if event is None:
        if level == "stderr" and line.strip():
            unit.said.append(line.strip())
    elif event.get("type") == "diagnostic":
        diagnostic = Diagnostic.parse(event["diagnostic"])
        if diagnostic.severity == "error":
            unit.errors.append(diagnostic)
    elif event.get("type") == "planned_change":
        unit.moved = True
    elif event.get("type") == "change_summary":
        counts = event["changes"]
        unit.changed = unit.changed or any(counts.get(key) for key in ("add", "change", "remove", "import"))
    elif event.get("type") == "outputs":
        outputs = event["outputs"]
        actions = {output.get("action", "noop") for output in outputs.values()}
        unit.changed = unit.changed or not actions.issubset(_NO_CHANGE)
        unit.outputs.update({name: output["value"] for name, output in outputs.items() if "value" in output})


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def units_below(folder: Path) -> Iterator[Path]:
    """The folders of units below ``folder``, including generated ones, without Terragrunt's caches."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".terragrunt-cache"]
        if CONFIG in files:
            found.append(Path(parent))
    yield from sorted(found)
