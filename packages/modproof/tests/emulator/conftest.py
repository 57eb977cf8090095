"""A fake uv, and projects without the plug-in, so that tests need no LocalStack."""

from __future__ import annotations

import stat
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.emulator import venv

FakeUv = Callable[[str], Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MODPROOF_CACHE", str(folder))
    return folder


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> FakeUv:
    """Replace uv with a shell script that logs its arguments; ``venv`` creates a Python that always succeeds."""
    del cache

    def make(on_install: str) -> Path:
        program = tmp_path / "uv"
        log = tmp_path / "uv.log"
        program.write_text(
            textwrap.dedent(
                f"""\
                #!/bin/sh
                echo "$@" >> {log}
                if [ "$1" = venv ]; then
                  for folder; do :; done
                  mkdir -p "$folder/bin"
                  printf '#!/bin/sh\\nexit 0\\n' > "$folder/bin/python"
                  chmod +x "$folder/bin/python"
                  exit 0
                fi
                {on_install}
                """
            )
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(venv, "_uv", lambda: str(program))
        return log

    return make


@pytest.fixture
def empty_project(tmp_path: Path) -> Project:
    """A project without the plug-in."""
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)
