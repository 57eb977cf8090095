from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modproof.core.errors import EmulatorError, ToolMissing
from modproof.core.progress import SILENT
from modproof.emulator import venv

from .conftest import FakeUv

# creates the environment in a separate process that can be killed; the argument is the path of uv
ENSURE = """
import sys
from modproof.core.progress import SILENT
from modproof.emulator import venv
venv._uv = lambda: sys.argv[1]
print(venv.ensure(SILENT).python)
"""


def test_environment_is_created_once_and_then_found(fake_uv: FakeUv, cache: Path) -> None:
    log = fake_uv("exit 0")
    assert venv.find() is None
    environment = venv.ensure(SILENT)
    assert os.access(environment.python, os.X_OK)
    assert environment.static_libs.is_dir()
    assert venv.ensure(SILENT) == venv.find() == environment
    lines = log.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["venv", "pip"]
    assert f"--python {sys.executable}" in lines[0]
    assert "--require-hashes" in lines[1]
    assert [path.name for path in (cache / "emulator").iterdir()] == [environment.python.parents[2].name]


def test_changed_lock_file_creates_another_environment(
    fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_uv("exit 0")
    first = venv.ensure(SILENT)
    changed = tmp_path / "requirements.txt"
    changed.write_text(venv.LOCK.read_text() + "\n# changed\n")
    monkeypatch.setattr(venv, "LOCK", changed)
    assert venv.find() is None
    assert venv.ensure(SILENT) != first


def test_environment_with_a_broken_interpreter_is_recreated(fake_uv: FakeUv) -> None:
    log = fake_uv("exit 0")
    environment = venv.ensure(SILENT)
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python")
    assert venv.find() is None
    assert os.access(venv.ensure(SILENT).python, os.X_OK)
    assert len(log.read_text().splitlines()) == 4


def test_failed_installation_leaves_no_files_and_reports_the_output_of_uv(fake_uv: FakeUv, cache: Path) -> None:
    fake_uv("echo 'error: no route to pypi.org' >&2; exit 2")
    with pytest.raises(EmulatorError) as error:
        venv.ensure(SILENT)
    assert str(error.value).startswith("could not install LocalStack: error: no route to pypi.org; the first run needs")
    assert list((cache / "emulator").iterdir()) == []


def test_killed_installation_is_not_used_and_is_deleted_by_the_next_run(
    fake_uv: FakeUv, cache: Path, tmp_path: Path
) -> None:
    log = fake_uv("sleep 60")
    child = subprocess.Popen([sys.executable, "-c", ENSURE, str(tmp_path / "uv")])
    deadline = time.monotonic() + 30
    while not (log.exists() and "pip" in log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    remaining = [path.name for path in (cache / "emulator").iterdir()]
    assert len(remaining) == 1
    assert remaining[0].startswith(".partial-")
    assert venv.find() is None

    fake_uv("exit 0")
    environment = venv.ensure(SILENT)
    assert [path.name for path in (cache / "emulator").iterdir()] == [environment.python.parents[2].name]


def test_concurrent_runs_create_the_environment_once(fake_uv: FakeUv, tmp_path: Path) -> None:
    log = fake_uv("sleep 1")
    runs = [
        subprocess.Popen([sys.executable, "-c", ENSURE, str(tmp_path / "uv")], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = {run.communicate(timeout=60)[0] for run in runs}
    assert len(outputs) == 1
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["venv", "pip"]


def test_missing_uv_is_reported_with_the_install_command(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(ToolMissing, match=r'pip install "modproof\[integration\]"'):
        venv.ensure(SILENT)
    assert not list((cache / "emulator").iterdir())


def test_lock_files_pin_every_package_by_hash() -> None:
    text = venv.LOCK.read_text() + venv.BUILD_LOCK.read_text()
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9.-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block
    assert venv.locked_version() == "4.7.0"


def test_lock_file_contains_every_package_of_its_source() -> None:
    lock = venv.LOCK.read_text()
    for line in (venv.LOCK.with_suffix(".in")).read_text().splitlines():
        if line and not line.startswith("#"):
            name = re.split(r"[\[<=]", line)[0].replace("_", "-")
            assert re.search(rf"^{name}==", lock, re.MULTILINE), name
