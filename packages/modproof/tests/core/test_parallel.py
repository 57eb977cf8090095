from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from modproof.core import process
from modproof.core.errors import Interrupted
from modproof.core.parallel import side_by_side


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


def test_each_start_waits_until_it_is_allowed_and_results_keep_their_order() -> None:
    asked: list[int] = []
    at_once: list[int] = []
    running: list[int] = []

    def work(number: int) -> int:
        running.append(number)
        at_once.append(len(running))
        time.sleep(0.05)
        running.remove(number)
        return number

    def may_start(count: int) -> bool:
        asked.append(count)
        return count < 2

    assert side_by_side([lambda n=n: work(n) for n in range(5)], may_start=may_start) == [0, 1, 2, 3, 4]
    assert max(at_once) == 2
    assert max(asked) == 2


@pytest.mark.parametrize("others", [0, 1])
def test_a_function_that_is_interrupted_interrupts_the_caller_after_the_others(others: int) -> None:
    done: list[str] = []

    def interrupted() -> None:
        raise Interrupted("stopped during apply")

    def other() -> None:
        time.sleep(0.05)
        done.append("other")

    with pytest.raises(Interrupted, match="stopped during apply"):
        side_by_side([interrupted, *[other] * others])
    assert done == ["other"] * others


def test_other_errors_are_results() -> None:
    def failing() -> None:
        raise ValueError("wrong")

    [result] = side_by_side([failing])
    assert isinstance(result, ValueError)
