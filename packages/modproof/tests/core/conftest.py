"""Programs of each test apart from those of the test session, because tests end all of them."""

from __future__ import annotations

import pytest

from modproof.core import process


@pytest.fixture(autouse=True)
def own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_guard", process._Guard())
