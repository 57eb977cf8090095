"""The newest LocalStack, on Python 3.13 where that is found, passes what tells most of this suite."""

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
CORE = ("contract", "endpoints", "events", "invoke", "notebooks", "state")


def _python() -> str | None:
    """An interpreter that really runs: a shim of pyenv's may be found and refuse."""
    name = "python{}.{}".format(*WANTED)
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")]
    candidates = [shutil.which(name)]
    candidates += [str(one) for root in roots if root for one in sorted(Path(root).glob(f"versions/*/bin/{name}"))]
    for candidate in filter(None, candidates):
        asked = [candidate, "-c", "import ssl, sqlite3, sys; print(sys.version_info[:2])"]
        answered = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        if answered.stdout.strip() == str(WANTED):
            return candidate
    return None


@pytest.mark.optional
@pytest.mark.skipif(sys.version_info[:2] == WANTED, reason="this run is on it already")
def test_the_newest_localstack_passes_the_core_of_this_suite() -> None:
    python, uv = _python(), os.environ.get("UV") or shutil.which("uv")
    if python is None:
        pytest.skip("no Python 3.13 that runs: pyenv install 3.13, or apt-get install python3.13")
    assert uv, "uv is not installed: pip install uv"
    environment = ["--isolated", "--no-project", "--python", python, "--with-requirements", str(HERE / "newest.txt")]
    tests = [str(HERE / f"test_{name}.py") for name in CORE]
    done = subprocess.run(
        [uv, "run", "--quiet", *environment, "--with-editable", str(HERE.parent), "pytest", "-q", *tests],
        cwd=HERE.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 500
