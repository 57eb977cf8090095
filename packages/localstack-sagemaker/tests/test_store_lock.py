"""The lock of a store: readers wait for the writer without polling, unless it waits for another service."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from localstack_sagemaker.store import StoreLock, readable

WAIT_SECONDS = 20.0


def _start(work: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_a_reader_sees_what_the_writer_did() -> None:
    lock, seen, entered = StoreLock(), [], threading.Event()
    value = ["old"]

    def read() -> None:
        entered.set()
        with lock.reading() as alone:
            seen.append((alone, value[0]))

    with lock:
        reader = _start(read)
        assert entered.wait(WAIT_SECONDS)
        time.sleep(0.02)
        value[0] = "new"
    reader.join(WAIT_SECONDS)
    assert seen == [(True, "new")]


def test_readers_are_served_while_the_writer_waits_for_another_service() -> None:
    lock, seen, away, done = StoreLock(), [], threading.Event(), threading.Event()

    def write() -> None:
        with lock, readable():
            away.set()
            assert done.wait(WAIT_SECONDS)

    writer = _start(write)
    assert away.wait(WAIT_SECONDS)
    for _ in range(3):
        with lock.reading() as alone:
            seen.append(alone)
    done.set()
    writer.join(WAIT_SECONDS)
    assert seen == [False, False, False]
    with lock.reading() as alone:
        assert alone


def test_a_reader_that_waits_is_let_in_when_the_writer_leaves() -> None:
    lock, seen = StoreLock(), []
    entered, leave, done = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        with lock:
            entered.set()
            assert leave.wait(WAIT_SECONDS)
            with readable():
                assert done.wait(WAIT_SECONDS)

    def read() -> None:
        with lock.reading() as alone:
            seen.append(alone)

    writer = _start(write)
    assert entered.wait(WAIT_SECONDS)
    reader = _start(read)
    reader.join(0.05)
    assert seen == []
    leave.set()
    reader.join(WAIT_SECONDS)
    assert seen == [False]
    done.set()
    writer.join(WAIT_SECONDS)
    assert not writer.is_alive()


def test_waiting_threads_do_not_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads take turns: each sees whole changes, all end, and none of them sleeps."""

    def no_sleep(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    lock, pair = StoreLock(), [0, 0]
    deadline = time.monotonic() + 1.0
    monkeypatch.setattr(time, "sleep", no_sleep)

    def write() -> int:
        turns = 0
        while time.monotonic() < deadline:
            with lock, lock:
                pair[0] += 1
                if turns % 7 == 0:
                    number = pair[0]
                    with readable():
                        pass
                    assert pair[0] == number
                pair[1] += 1
            turns += 1
        return turns

    def read() -> int:
        turns = 0
        while time.monotonic() < deadline:
            with lock.reading() as alone, lock.reading() as again:
                assert alone == again
                assert not alone or pair[0] == pair[1]
            turns += 1
        return turns

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        readers = [pool.submit(read) for _ in range(4)]
        assert sum(one.result(WAIT_SECONDS) for one in writers) == pair[0] == pair[1]
        assert sum(one.result(WAIT_SECONDS) for one in readers)
