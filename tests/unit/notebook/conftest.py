"""Run start scripts in a simulated notebook instance: folders for S3 and ec2-user's home, and stub programs."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STUBS = Path(__file__).parent / "stubs"
OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["a secret\n"]}


def notebook(*lines: str) -> str:
    """Return a Jupyter notebook with one executed cell."""
    cell = {"cell_type": "code", "execution_count": 7, "metadata": {}, "outputs": [OUTPUT], "source": list(lines)}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False)


class Instance:
    """Run a start script the way SageMaker does, except as root.

    ``sage_maker`` is the folder that users see; ``s3`` has a folder for each bucket; ``log_folder`` replaces /var/log.
    """

    def __init__(self, stage: Path) -> None:
        self.stage = stage
        self.s3 = stage / "s3"
        self.home = stage / "home"
        self.sage_maker = self.home / "SageMaker"
        self.log_folder = stage / "log"
        self.programs = stage / "programs"
        self.temporary = stage / "tmp"
        self.sdk_folder = stage / "xdg"
        self.unit_folder = stage / "systemd"
        for folder in (self.unit_folder, self.s3, self.sage_maker, self.log_folder, self.programs, self.temporary):
            folder.mkdir(parents=True)
        for program in ("aws", "chown", "sudo", "systemctl"):
            stub = self.programs / program
            stub.write_text(
                f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(STUBS / program))}.py "$@"\n'
            )
            stub.chmod(0o755)
        # as on a real instance, ec2-user's login shell sets the PATH
        (self.home / ".bash_profile").write_text(f"PATH={shlex.quote(str(self.programs))}:/usr/bin:/bin\n")

    def put(self, address: str, content: str | bytes) -> None:
        """Create an object in S3."""
        path = self.s3 / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def fault(self, **fault: int) -> None:
        """Make S3 fail: exit ``status`` of the CLI, ``after`` this many objects, ``sleep_seconds`` before."""
        (self.stage / "aws-fault").write_text(json.dumps(fault))

    def start(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script, which must always succeed, and leave no process with its output open."""
        path = self.stage / "on-start.sh"
        path.write_text(script, encoding="utf-8")
        completed = subprocess.run(
            ["bash", path],
            capture_output=True,
            cwd=self.stage,
            env={
                "PATH": f"{self.programs}:/sbin:/bin:/usr/sbin:/usr/bin",
                "LOGS_DIRECTORY": str(self.log_folder),
                "STUB_STAGE": str(self.stage),
                "TMPDIR": str(self.temporary),
                "IDLE_DIRECTORY": str(self.stage / "idle"),
                "SDK_DIRECTORY": str(self.sdk_folder),
                "UNIT_DIRECTORY": str(self.unit_folder),
                **environment,
            },
            text=True,
            timeout=60,
        )
        assert completed.returncode == 0, completed.stderr
        return completed

    @property
    def log(self) -> str:
        return (self.log_folder / "notebook-on-start.log").read_text(encoding="utf-8")

    @property
    def aws_calls(self) -> list[dict[str, Any]]:
        path = self.stage / "aws-calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def files(self) -> dict[str, bytes]:
        """Content of the user's files, by path below the SageMaker folder."""
        found = (Path(folder, name) for folder, _, names in os.walk(self.sage_maker) for name in names)
        return {str(path.relative_to(self.sage_maker)): path.read_bytes() for path in found}

    def wait_for(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until ``holds`` returns true; fail after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} s; log:\n{self.log}"
            time.sleep(0.05)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


@pytest.fixture
def make_notebook() -> Callable[..., str]:
    return notebook


@pytest.fixture
def script(planned: Any) -> Callable[[str], str]:
    """Return a function that returns a case's start script, as passed to SageMaker."""

    def of(case: str) -> str:
        plan = planned("notebook", case)
        configuration = plan.resources["aws_sagemaker_notebook_instance_lifecycle_configuration.this"]
        encoded = configuration["values"]["on_start"]
        assert len(encoded) <= 16384
        text = base64.b64decode(encoded).decode()
        assert plan.outputs["on_start_script"] == text
        return text

    return of
