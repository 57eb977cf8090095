from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modproof.core.errors import ConfigurationError, EmulatorError, ToolMissing
from modproof.core.progress import SILENT
from modproof.emulator import releases, venv

from .conftest import FakeUv

# creates the environment in a separate process that can be killed; the argument is the path of uv
ENSURE = """
import sys
from modproof.core.progress import SILENT
from modproof.emulator import releases, venv
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
    assert f"--python {releases.chosen().python}" in lines[0]
    assert "--require-hashes" in lines[1]
    assert [path.name for path in (cache / "emulator").iterdir()] == [environment.python.parents[2].name]


def test_changed_lock_file_creates_another_environment(
    fake_uv: FakeUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_uv("exit 0")
    first = venv.ensure(SILENT)
    release = releases.chosen()
    changed = tmp_path / "requirements.txt"
    changed.write_text(release.lock.read_text() + "\n# changed\n")
    monkeypatch.setattr(releases, "chosen", lambda: replace(release, lock=changed))
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


@pytest.mark.parametrize(("lock", "version"), [(releases._OLDER, "4.7.0"), (releases._NEWEST, "2026.3.0")])
def test_lock_files_pin_every_package_by_hash(lock: Path, version: str) -> None:
    text = lock.read_text() + venv.BUILD_LOCK.read_text()
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[a-z0-9.-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block
    assert replace(releases.chosen(), lock=lock).version == version


@pytest.mark.parametrize("path", [releases._OLDER, releases._NEWEST])
def test_lock_file_contains_every_package_of_its_source(path: Path) -> None:
    lock = path.read_text()
    for line in path.with_suffix(".in").read_text().splitlines():
        if line and not line.startswith("#"):
            name = re.split(r"[\[<=]", line)[0].replace("_", "-")
            assert re.search(rf"^{name}==", lock, re.MULTILINE), name


@pytest.fixture
def no_cache() -> Iterator[None]:
    releases._chosen.cache_clear()
    yield
    releases._chosen.cache_clear()


def _python(folder: Path, name: str, said: str) -> None:
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("no_cache")
def test_newest_release_is_used_if_a_python_for_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.delenv(releases.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    _python(tmp_path, "shims/python3.13", "exit 127")
    assert releases.chosen().version == "4.7.0"
    _python(tmp_path, "pyenv/versions/3.12.1/bin/python3.12", "echo 3.12.1 /pyenv")
    releases._chosen.cache_clear()
    found = releases.chosen()
    assert (found.version, found.python_version, found.prefix) == ("2026.3.0", "3.12.1", "/pyenv")
    assert [one.version for one in releases.installable()] == ["2026.3.0", "4.7.0"]
    monkeypatch.setenv(releases.VARIABLE, "4.7.0")
    assert releases.chosen().version == "4.7.0"
    monkeypatch.setenv(releases.VARIABLE, "4.14.0")
    with pytest.raises(ConfigurationError, match=r"is not a release that modproof runs; 4\.7\.0 or 2026\.3\.0"):
        releases.chosen()


@pytest.mark.usefixtures("no_cache")
def test_missing_python_of_a_wanted_release_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(releases, "_candidates", lambda: iter(()))
    monkeypatch.setenv(releases.VARIABLE, "2026.3.0")
    with pytest.raises(ConfigurationError, match=r"needs Python 3\.12 or 3\.13"):
        releases.chosen()
