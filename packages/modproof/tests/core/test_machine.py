"""What a run uses of the machine, measured with real programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from modproof.core import machine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WORK = """
import subprocess, sys, time
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "again"])
content = bytearray(b"x") * 200_000_000
while time.process_time() < 1:
    pass
time.sleep(2.5)
"""


def test_processor_time_and_memory_of_all_programs_are_measured(tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(WORK)
    with machine.measuring() as load:
        subprocess.run([sys.executable, str(script)], check=True)
    assert load.cpu_seconds is not None and 2 <= load.cpu_seconds < 10
    assert load.busy == pytest.approx(load.cpu_seconds / (load.seconds * load.cores))
    # the program and the one that it starts run one after the other
    assert load.peak_bytes is not None and 200_000_000 < load.peak_bytes < 2_000_000_000


@pytest.mark.parametrize(("limit", "available"), [("1000", 700), ("max", None)])
def test_a_container_can_use_the_memory_of_cached_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, available: int | None
) -> None:
    files = {"max": limit, "current": "900", "stat": "anon 300\ninactive_file 600\nactive_file 0"}
    for name, text in files.items():
        (tmp_path / f"memory.{name}").write_text(f"{text}\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_machine_bytes", lambda: None)
    assert machine.available_bytes() == available


def test_the_machine_has_cores_and_memory() -> None:
    available, busy = machine.available_bytes(), machine.busy_seconds()
    assert machine.cores() >= 1
    assert available is not None and available > 0
    assert busy is not None and busy > 0
