"""The machine-wide lock."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from modproof.core.errors import ModproofError
from modproof.toolchain import exclusively, store

# takes the lock `x` in a separate process and holds it until killed
HOLDER = """
import time
from modproof.toolchain import exclusively
with exclusively("x"):
    print("held", flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.usefixtures("machine")


@pytest.fixture
def holder() -> Any:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_free_lock_is_taken_without_waiting() -> None:
    with exclusively("x", on_wait=lambda: pytest.fail("waited")), exclusively("y"):
        pass
    with exclusively("x", on_wait=lambda: pytest.fail("waited")):
        pass


def test_lock_is_free_once_its_holder_is_killed(holder: subprocess.Popen[str]) -> None:
    waits: list[None] = []

    def on_wait() -> None:
        waits.append(None)
        threading.Timer(0.5, holder.send_signal, [signal.SIGKILL]).start()

    with exclusively("x", on_wait=on_wait):
        assert holder.wait(10) == -signal.SIGKILL
    assert len(waits) == 1


def test_lock_that_stays_held_is_an_error_after_the_timeout(
    machine: Any, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_LOCK_TIMEOUT_SECONDS", 0.2)
    with (
        pytest.raises(ModproofError, match="another run has held the lock x for half an hour") as caught,
        exclusively("x"),
    ):
        pass
    assert caught.value.path == str(machine.cache / "locks/x.lock")
    assert caught.value.hint == "stop that run"
    assert holder.poll() is None


def test_lock_is_free_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), exclusively("x"):
        raise ZeroDivisionError
    with exclusively("x", on_wait=lambda: pytest.fail("waited")):
        pass
