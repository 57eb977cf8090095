"""The quick start of the README works as written, with modproof from its wheel and without a network."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from modproof import toolchain

from ..docs.conftest import CodeBlock, code_blocks
from .commands import Done
from .conftest import Run

NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")


def readme_block(mark: str) -> CodeBlock:
    [found] = [block for block in code_blocks("README.md") if block.mark.startswith(mark)]
    return found


def run_line(run: Run, line: str, root: Path) -> Done:
    """Run a command of the README."""
    program, *arguments = shlex.split(line, comments=True)
    return run(program, *arguments, cwd=root, **NO_NETWORK)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the module of the README."""
    toolchain.ensure("terraform")
    module = readme_block("modules/greeting/main.tf")
    path = tmp_path / module.kind
    path.parent.mkdir(parents=True)
    path.write_text(module.text, encoding="utf-8")
    return tmp_path


def test_commands_of_the_quick_start_pass(repository: Path, run: Run) -> None:
    outputs = {}
    for line in readme_block("quick start").text.splitlines():
        done = run_line(run, line, repository)
        assert done.code == 0, f"{line}\n{done.stdout}{done.stderr}"
        outputs[line.partition("#")[0].strip()] = done.stdout
    assert list(outputs) == ["modproof init", "modproof plan", "pytest", "modproof verify"]
    assert (repository / "tests/unit/greeting/cases.yaml").is_file()
    assert "1 passed" in outputs["pytest"]
    assert "skipped: there is no story" in outputs["modproof verify"]


def test_cases_of_the_quick_start_pass(repository: Path, run: Run) -> None:
    cases = readme_block("cases.yaml")
    path = repository / cases.path
    path.parent.mkdir(parents=True)
    path.write_text(cases.text, encoding="utf-8")
    done = run_line(run, "pytest", repository)
    assert done.code == 0, f"{done.stdout}{done.stderr}"
    assert "2 passed" in done.stdout
