"""The quick start of the README works as written, without a network."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from modproof import toolchain

from .conftest import CodeBlock, WriteProject, code_blocks

NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")


def readme_block(mark: str) -> CodeBlock:
    [found] = [block for block in code_blocks("README.md") if block.mark.startswith(mark)]
    return found


def run(command: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the README with this Python environment first on PATH."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program, *arguments = shlex.split(command, comments=True)
    return subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=root, env={**kept, **NO_NETWORK, "PATH": path}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def repository(write_project: WriteProject) -> Path:
    """A repository with the module of the README."""
    toolchain.ensure("terraform")
    module = readme_block("modules/greeting/main.tf")
    return write_project({module.kind: module.text})


def test_commands_of_the_quick_start_pass(repository: Path) -> None:
    lines = readme_block("quick start").text.splitlines()
    outputs = {}
    for line in lines:
        done = run(line, repository)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        outputs[line.partition("#")[0].strip()] = done.stdout
    assert list(outputs) == ["modproof init", "modproof plan", "pytest", "modproof verify"]
    assert (repository / "tests/unit/greeting/cases.yaml").is_file()
    assert "1 passed" in outputs["pytest"]
    assert "skipped: there is no story" in outputs["modproof verify"]


def test_cases_of_the_quick_start_pass(repository: Path, write_project: WriteProject) -> None:
    cases = readme_block("cases.yaml")
    write_project({cases.path: cases.text})
    done = run("pytest", repository)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "2 passed" in done.stdout
