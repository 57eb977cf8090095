"""One LocalStack for the whole run; an account of its own for each test, where statuses are reached at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from emulated import server
from emulated.account import Account


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a LocalStack with this plug-in, and with a package that answers for some models."""
    handlers = tmp_path_factory.mktemp("handlers")
    _install_handlers(handlers)
    with server.running(tmp_path_factory.mktemp("localstack"), PYTHONPATH=str(handlers)) as address:
        yield address


def _install_handlers(folder: Path) -> None:
    """What an installed package with entry points leaves on the path."""
    (folder / "handlers.py").write_text(
        "def add(asked):\n"
        "    return {'sum': sum(map(int, asked.body.split(b','))), 'variant': asked.variant}\n"
        "def fail(asked):\n"
        "    raise ValueError('not today')\n"
    )
    info = folder / "handlers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: handlers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[localstack_sagemaker.handlers]\nmodel-adds = handlers:add\n*/failing:* = handlers:fail\n"
    )


@pytest.fixture
def account(url: str) -> Account:
    """A fresh account; `account.clock("manual")` and the like change its pace."""
    fresh = Account(url)
    fresh.clock("instant")
    return fresh
