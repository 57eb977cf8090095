"""The command line in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both outputs with white space folded, whatever the terminal width."""
        return " ".join((self.out + self.err).split())


@dataclass(frozen=True)
class CommandLine:
    """modproof in a project, with a separate temporary folder, which must be empty at the end."""

    temporary: Path
    environment: Mapping[str, str]

    def start(self, root: Path, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "modproof", *arguments], cwd=root, env=dict(self.environment),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, root: Path, *arguments: str) -> Ended:
        run = self.start(root, *arguments)
        out, err = run.communicate(timeout=180)
        self.assert_nothing_left(root)
        assert "Traceback" not in out + err
        return Ended(run.returncode, out, err)

    def assert_nothing_left(self, root: Path) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            left = [*self.temporary.iterdir(), *(root / ".modproof").glob("modproof-*"), *self._processes()]
            if not left:
                return
            time.sleep(0.1)
        pytest.fail(f"left behind: {left}")

    def _processes(self) -> list[str]:
        """The programs with this test's temporary folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                mark = f"TMPDIR={self.temporary}".encode()
                if mark in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                    found.append(words)
            except OSError:
                continue
        return found


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **os.environ, "TMPDIR": str(temporary), "MODPROOF_CACHE": str(tmp_path / "cache"),
        "COLUMNS": "200", "NO_COLOR": "1",
    }  # fmt: skip
    return CommandLine(temporary, environment)
