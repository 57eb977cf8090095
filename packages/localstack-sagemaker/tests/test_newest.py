"""The newest LocalStack passes the core tests on Python 3.13, if installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WANTED = (3, 13)
CORE = ("contract", "endpoints", "events", "invoke", "notebooks", "protocols", "state")


def _python() -> str | None:
    """Return an interpreter that runs, or None: a pyenv shim may exist and fail."""
    name = "python{}.{}".format(*WANTED)
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")]
    candidates = [shutil.which(name)]
    candidates += [str(one) for root in roots if root for one in sorted(Path(root).glob(f"versions/*/bin/{name}"))]
    for candidate in filter(None, candidates):
        command = [candidate, "-c", "import ssl, sqlite3, sys; print(sys.version_info[:2])"]
        probe = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if probe.stdout.strip() == str(WANTED):
            return candidate
    return None


@pytest.mark.optional
@pytest.mark.skipif(sys.version_info[:2] == WANTED, reason="this run uses it already")
def test_newest_localstack_passes_the_core_tests() -> None:
    python, uv = _python(), os.environ.get("UV") or shutil.which("uv")
    if python is None:
        pytest.skip("Python 3.13 not found; run: pyenv install 3.13, or apt-get install python3.13")
    assert uv, "uv is not installed: pip install uv"
    environment = ["--isolated", "--no-project", "--python", python, "--with-requirements", str(HERE / "newest.txt")]
    tests = [str(HERE / f"test_{name}.py") for name in CORE]
    completed = subprocess.run(
        [uv, "run", "--quiet", *environment, "--with-editable", str(HERE.parent), "pytest", "-q", *tests],
        cwd=HERE.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert completed.returncode == 0, completed.stdout[-4000:] + completed.stderr[-1000:]
    passed = re.search(r"(\d+) passed", completed.stdout)
    assert passed
    assert int(passed[1]) > 500
