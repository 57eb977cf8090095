"""Each linter is a test. With ``--fix``, formatters and generators fix what they find."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment

ROOT = Path(__file__).parents[2]


class Lint(Protocol):
    """Runs a linter, by default in the repository's root. If it fails, so does the test, with its output."""

    def __call__(self, argv: Sequence[str | Path], *, remedy: str = "", cwd: Path = ROOT) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fix", action="store_true", help="fix what formatters and generators can fix")


@pytest.fixture
def fix(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--fix", default=False))


@pytest.fixture
def lint() -> Lint:
    def run(argv: Sequence[str | Path], *, remedy: str = "", cwd: Path = ROOT) -> None:
        words = [str(word) for word in argv]
        completed = process.run(words, cwd=cwd, env=base_environment())
        if completed.returncode != 0:
            shown = " ".join([Path(words[0]).name, *words[1:]]).replace(f"{ROOT}/", "")
            parts = [shown, completed.stdout.rstrip(), completed.stderr.rstrip(), remedy]
            pytest.fail("\n".join(part for part in parts if part), pytrace=False)

    return run


@pytest.fixture(scope="session")
def terraform() -> Path:
    return toolchain.ensure("terraform")


@pytest.fixture(scope="session")
def shellcheck() -> Path:
    return toolchain.ensure("shellcheck")
