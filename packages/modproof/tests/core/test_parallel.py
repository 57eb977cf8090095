from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from modproof.core import process
from modproof.core.errors import Interrupted
from modproof.core.parallel import side_by_side


@pytest.fixture
def programs_may_start_again() -> Iterator[None]:
    yield
    process.allow_programs()


@pytest.mark.usefixtures("programs_may_start_again")
def test_an_interrupt_while_threads_start_ends_the_programs_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()
    raised: list[Exception] = []

    def wait_for_a_program() -> None:
        started.set()
        try:
            process.run(["sleep", "60"])
        except Interrupted as error:
            raised.append(error)

    submit = ThreadPoolExecutor.submit

    def interrupted(pool: ThreadPoolExecutor, *arguments: Any) -> Future[Any]:
        if started.wait(0):
            raise KeyboardInterrupt
        future = submit(pool, *arguments)
        started.wait()
        return future

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        side_by_side([wait_for_a_program, wait_for_a_program])
    assert len(raised) == 1
    assert time.monotonic() - begun < 30
