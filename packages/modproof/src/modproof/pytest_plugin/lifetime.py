"""The session from pytest's start to its end."""

from __future__ import annotations

import pytest

from modproof import process
from modproof.pytest_plugin.session import session_of

__all__ = ["pytest_configure", "pytest_unconfigure"]


def pytest_configure() -> None:
    # a session that was interrupted in this process must not stop the next one's programs
    process.allow_programs()


def pytest_unconfigure(config: pytest.Config) -> None:
    session_of(config).close()
