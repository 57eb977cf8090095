"""A repository with a release v1.2.0, made in a scratch folder."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

Repository = Callable[[dict[str, str], dict[str, str]], Path]
_IDENTITY = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "tag.gpgSign=false")


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *_IDENTITY, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    """Write files; an empty text deletes one."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        else:
            path.unlink()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Commit the first files, tag them v1.2.0 with an annotated tag, and commit the changes of the second."""

    def make(released: dict[str, str], changed: dict[str, str]) -> Path:
        root = tmp_path / "project"
        write(root, {"pyproject.toml": "[tool.modproof]\n", **released})
        git(root, "init", "--quiet", "--initial-branch=main")
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message=release")
        git(root, "tag", "--annotate", "--message=release", "v1.2.0")
        write(root, changed)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--allow-empty", "--message=change")
        return root

    return make
