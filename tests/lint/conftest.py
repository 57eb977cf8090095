"""Each linter is one test item; with ``--fix`` those that can mend what they find do so instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from modproof.core import process
from modproof import toolchain
from modproof.core.environment import base_environment

ROOT = Path(__file__).parents[2]


class Lint(Protocol):
    """Runs a linter in the repository's root; the test fails with its output when it exits with an error."""

    def __call__(self, argv: Sequence[str | Path], *, remedy: str = "") -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fix", action="store_true", help="mend what the formatters and generators can mend")


@pytest.fixture
def fix(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--fix", default=False))


@pytest.fixture
def lint() -> Lint:
    def run(argv: Sequence[str | Path], *, remedy: str = "") -> None:
        words = [str(word) for word in argv]
        completed = process.run(words, cwd=ROOT, env=base_environment())
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
