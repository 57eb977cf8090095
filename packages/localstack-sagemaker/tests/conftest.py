"""One LocalStack for the run, and a separate account with an instant clock for each test."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulated import server
from emulated.account import Account


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a LocalStack with this plug-in and a package with invocation handlers.

    With the environment variable SERVE, `localstack-sagemaker serve` is in front of it.
    """
    handlers = tmp_path_factory.mktemp("handlers")
    _install_handlers(handlers)
    in_files = {"*/linear@sha256:*": f"{handlers}/serving.py:predict"}
    variables = {"PYTHONPATH": str(handlers), "LOCALSTACK_SAGEMAKER_HANDLERS": json.dumps(in_files)}
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(server.running(tmp_path_factory.mktemp("localstack"), **variables))
        if os.environ.get("SERVE"):
            address = stack.enter_context(server.serving(tmp_path_factory.mktemp("serve"), address, **variables))
        yield address


def _install_handlers(folder: Path) -> None:
    """Write the files of an installed package with entry points, and a file with a function."""
    (folder / "serving.py").write_text(
        "import json\n"
        "def predict(invocation):\n"
        "    return {'y': json.loads(invocation.model_data())['slope'] * float(invocation.body)}\n"
    )
    (folder / "handlers.py").write_text(
        "def add(invocation):\n"
        "    return {'sum': sum(map(int, invocation.body.split(b','))), 'variant': invocation.variant}\n"
        "def fail(invocation):\n"
        "    raise ValueError('not today')\n"
    )
    info = folder / "handlers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: handlers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[localstack_sagemaker.handlers]\nmodel-adds = handlers:add\n*/failing:* = handlers:fail\n"
    )


@pytest.fixture(scope="session")
def served_url(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of `localstack-sagemaker serve` in front of that LocalStack, which then does not serve SageMaker."""
    with server.serving(tmp_path_factory.mktemp("served"), url) as address:
        yield address


@pytest.fixture
def served(served_url: str) -> Account:
    """A fresh account of `localstack-sagemaker serve`."""
    fresh = Account(served_url)
    fresh.set_clock("instant")
    return fresh


@pytest.fixture
def account(url: str) -> Account:
    """A fresh account; `account.set_clock("manual")` changes its speed."""
    fresh = Account(url)
    fresh.set_clock("instant")
    return fresh
