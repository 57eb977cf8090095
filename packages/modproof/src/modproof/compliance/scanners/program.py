"""The part that scanners with a program share: its version, and a run over all staged roots."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from modproof import toolchain
from modproof.compliance.rules import RuleBook
from modproof.compliance.scanners.protocol import PlanScanner, too_slow
from modproof.compliance.stage import Stage
from modproof.core import process
from modproof.core.errors import CommandFailed, TimedOut
from modproof.core.progress import SILENT, Progress

__all__ = ["ProgramScanner", "without_result"]

_CRASH = re.compile(r"^(?:fatal error|panic|runtime): .*$", re.MULTILINE)
"""The first line of a crash of a Go program; hundreds of lines follow."""


class ProgramScanner:
    """A scanner that the toolchain finds or installs, as the tool ``name``. Its rules are a table in data."""

    name = ""
    # tfsec and Trivy each accept the name of the other
    ignore_comment = re.compile(r"(?:tfsec|trivy):ignore:(?P<rules>\*|[^\s:\[*]+)?")
    plans: PlanScanner | None = None

    def __init__(self, progress: Progress = SILENT) -> None:
        self._progress = progress

    def _binary(self) -> Path:
        return toolchain.ensure(self.name, self._progress)

    def version(self) -> str:
        self._binary()
        found = toolchain.find(self.name)
        return found.version if found else ""

    def identity(self) -> str:
        status = self._binary().stat()
        return f"{self.version()} {status.st_size} {status.st_mtime_ns}"

    def offline_rules(self) -> RuleBook:
        return self.rules()

    def rules(self) -> RuleBook:
        """All rules for Terraform."""
        raise NotImplementedError

    def _completed(self, stage: Stage, arguments: Sequence[str], env: Mapping[str, str]) -> process.Completed:
        """Run the program in the stage. Raises TimedOut at the limit of a scan."""
        argv = [str(self._binary()), *arguments]
        try:
            return process.run(argv, cwd=stage.folder, env=env, timeout_seconds=stage.timeout_seconds)
        except TimedOut as error:
            raise too_slow(self.name, stage.timeout_seconds, [root.folder for root in stage.roots]) from error


def without_result(scanner: str, completed: process.Completed) -> CommandFailed:
    """The error for a program that ended without a result."""
    text = completed.stderr.strip() or completed.stdout.strip() or "no output"
    crash = _CRASH.search(text)
    reason = (crash[0] if crash else text.splitlines()[-1]).strip().replace("\t", " ")
    if completed.returncode >= 0:
        return CommandFailed(f"{scanner} exited with {completed.returncode}: {reason}")
    name = signal.Signals(-completed.returncode).name
    hint = "SIGKILL often means that the machine is out of memory" if name == "SIGKILL" else None
    return CommandFailed(f"{scanner} was ended by {name}: {reason}", hint=hint)
