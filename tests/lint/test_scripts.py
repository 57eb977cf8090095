"""Shell scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modproof.core import process

ROOT = Path(__file__).parents[2]


def _shell_scripts() -> list[str]:
    """Every file that git knows or would take in and that is a shell script by its name or its first line."""
    listing = process.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    names = [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]
    return sorted(name for name in names if name.endswith(".sh") or _has_shell_shebang(ROOT / name))


def _has_shell_shebang(path: Path) -> bool:
    if path.suffix not in {"", ".bash"}:
        return False
    with path.open("rb") as stream:
        first_line = stream.readline(80)
    return first_line.startswith(b"#!") and b"sh" in first_line.rsplit(b"/", 1)[-1]


@pytest.mark.parametrize("script", _shell_scripts())
def test_shellcheck(lint: Any, shellcheck: Path, script: str) -> None:
    lint([shellcheck, "--color=never", script])


def test_ci_script_is_checked() -> None:
    assert ".ci/run" in _shell_scripts()
