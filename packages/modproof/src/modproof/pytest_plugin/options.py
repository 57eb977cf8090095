"""The options of the plug-in, and the start and end of its session."""

from __future__ import annotations

import argparse
import math

import pytest

from modproof.core import process
from modproof.pytest_plugin.session import session_of

__all__ = ["pytest_addoption", "pytest_configure", "pytest_unconfigure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("modproof", "tests of Terraform modules")
    group.addoption("--modproof-no-cache", action="store_true", help="plan every case again, and cache nothing")
    group.addoption(
        "--modproof-shard",
        metavar="INDEX/COUNT",
        help="run one of COUNT parts of the tests, each on a separate machine: 1/3, 2/3, 3/3",
    )
    group.addoption("--modproof-endpoint", metavar="URL", help="apply stories to this emulator instead of starting one")
    group.addoption(
        "--modproof-step-timeout", metavar="SECONDS", type=_seconds, help="the limit of each step of a story"
    )
    group.addoption(
        "--modproof-changed-since", metavar="REF", help="only the cases affected by changes since this commit"
    )
    group.addoption(
        "--terraform-binary",
        metavar="NAME|PATH",
        default="terraform",
        help="the program to use: terraform (default), terraform-oldest, tofu, or a path",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 1")
    return seconds


def pytest_configure() -> None:
    # an interrupted session in this process must not stop the programs of the next one
    process.allow_programs()


def pytest_unconfigure(config: pytest.Config) -> None:
    session_of(config).close()
