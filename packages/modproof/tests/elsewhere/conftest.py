"""modproof, installed from its wheel, and small repositories to run it in."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .commands import Done, Installation, build_wheel

Run = Callable[..., Done]
MakeRepository = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """modproof without extras."""
    return Installation.make(tmp_path_factory.mktemp("elsewhere"), wheel)


@pytest.fixture
def run(installed: Installation) -> Run:
    """Run a program from the environment with the installed modproof."""
    return installed.run


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "repository"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        (root / ".git").mkdir(exist_ok=True)
        return root

    return make
