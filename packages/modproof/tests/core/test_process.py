from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.core import process
from modproof.core.errors import CommandFailed, Interrupted, TimedOut
from modproof.core.parallel import side_by_side

from ..conftest import alive, eventually

GRANDCHILD = (
    "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep({})"
)


def test_run_returns_both_outputs_and_any_exit_code() -> None:
    done = process.run([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"])
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_run_does_not_block_on_a_large_standard_error() -> None:
    done = process.run([sys.executable, "-c", "import sys; sys.stderr.write('x' * 5_000_000); print('done')"])
    assert (done.stdout, len(done.stderr)) == ("done\n", 5_000_000)


def test_run_reports_the_signal_that_ended_a_program() -> None:
    done = process.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    assert done.returncode == -9


def test_run_inherits_nothing_but_the_environment_given() -> None:
    done = process.run([sys.executable, "-c", "import os; print(sorted(os.environ))"], env={"ONLY": "1"})
    assert "HOME" not in done.stdout
    assert "ONLY" in done.stdout


def test_run_reports_a_missing_program() -> None:
    with pytest.raises(CommandFailed, match="cannot run /no/such/program: No such file or directory"):
        process.run(["/no/such/program"])


def test_run_calls_on_line_for_each_line() -> None:
    seen: list[str] = []
    process.run([sys.executable, "-c", "print('a'); print('b')"], on_line=seen.append)
    assert seen == ["a\n", "b\n"]


def _fails(_: int) -> int:
    raise OSError


@pytest.mark.parametrize("pidfd_open", [None, _fails], ids=["missing", "refused"])
def test_run_waits_where_processes_have_no_file_descriptors(
    monkeypatch: pytest.MonkeyPatch, pidfd_open: Callable[[int], int] | None
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    if pidfd_open is not None:
        monkeypatch.setattr(os, "pidfd_open", pidfd_open, raising=False)
    assert process.run([sys.executable, "-c", "import sys; sys.exit(3)"]).returncode == 3
    with pytest.raises(TimedOut):
        process.run(["sleep", "60"], timeout_seconds=0.2)


def test_a_timeout_may_be_longer_than_the_system_can_wait() -> None:
    assert process.run(["sleep", "0.1"], timeout_seconds=1e9).returncode == 0


def test_a_timeout_ends_grandchildren_too() -> None:
    seen: list[str] = []
    begun = time.monotonic()
    with pytest.raises(TimedOut, match="did not end within 1 seconds"):
        process.run([sys.executable, "-c", GRANDCHILD.format(60)], timeout_seconds=1, on_line=seen.append)
    assert time.monotonic() - begun < 8
    assert eventually(lambda: not alive(int(seen[0])))


def test_the_programs_that_a_program_started_end_with_it() -> None:
    done = process.run([sys.executable, "-c", GRANDCHILD.format(0)])
    assert eventually(lambda: not alive(int(done.stdout)))


def test_stop_all_ends_programs_of_other_threads_and_refuses_new_ones() -> None:
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            process.run(["sleep", "60"])
        except Interrupted as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    process.stop_all()
    thread.join(10)
    assert not thread.is_alive()
    assert str(caught[0]) == "the run is stopping"
    with pytest.raises(Interrupted):
        process.run(["true"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_programs_and_folders_do_not_outlive_a_killed_run(tmp_path: Path, number: int) -> None:
    script = tmp_path / "run.py"
    script.write_text(
        "from pathlib import Path\n"
        "from modproof.core import process\n"
        f"with process.temporary_folder('t', parent=Path({str(tmp_path)!r})) as folder:\n"
        "    service = process.start_service(['sh', '-c', 'sleep 60 & echo $!; wait'], log=folder / 'log')\n"
        "    print(service.pid, folder, flush=True)\n"
        "    process.run(['sleep', '60'])\n"
    )
    run = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    pid, folder = run.stdout.readline().split()
    assert eventually(lambda: (Path(folder) / "log").read_text() != "")
    grandchild = int((Path(folder) / "log").read_text())
    assert alive(int(pid)) and alive(grandchild)
    os.kill(run.pid, number)
    run.wait()
    run.stdout.close()
    assert eventually(lambda: not alive(int(pid)) and not alive(grandchild))
    assert eventually(lambda: not Path(folder).exists())


def test_temporary_folder_is_deleted_after_an_error() -> None:
    with pytest.raises(RuntimeError), process.temporary_folder("t") as folder:
        (folder / "file").write_text("x")
        raise RuntimeError
    assert not folder.exists()


def test_side_by_side_returns_results_and_exceptions_in_order() -> None:
    def fail() -> int:
        raise ValueError("no")

    first, second, third = side_by_side([lambda: 1, fail, lambda: 3])
    assert (first, str(second), third) == (1, "no", 3)


def test_side_by_side_runs_at_most_the_given_number_at_once() -> None:
    meeting = threading.Barrier(2)  # two run at once, each time
    under_way: list[int] = []
    seen: list[int] = []

    def work() -> None:
        under_way.append(1)
        seen.append(len(under_way))
        meeting.wait(5)
        under_way.pop()
        meeting.wait(5)

    side_by_side([work] * 4, at_once=2)
    assert max(seen) == 2
