"""Runs functions in parallel threads; stopping the run also ends the programs that they wait for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from modproof.core import process
from modproof.core.errors import Interrupted

__all__ = ["side_by_side"]

T = TypeVar("T")
_WAIT_SECONDS = 0.5


def side_by_side(
    work: Sequence[Callable[[], T]], *, at_once: int | None = None, may_start: Callable[[int], bool] | None = None
) -> list[T | Exception]:
    """Call all functions in parallel, in their order, at most ``at_once`` at a time.

    ``may_start`` is asked before each start, with the number of those that run, and again until it returns True.
    Returns their results, or the exceptions that they raised, in the order of ``work``. A failure does not stop the
    others. Raises Interrupted if one of them did: the run stops. When this thread is interrupted, all programs are
    ended first: otherwise the interrupt would wait until Terraform is done. A function that only computes is abandoned
    after GRACE_SECONDS.
    """
    if len(work) < 2:
        return _finished([_captured(call) for call in work])
    pool = ThreadPoolExecutor(max_workers=min(len(work), at_once or len(work)), thread_name_prefix="modproof")
    futures: list[Future[T | Exception]] = []
    waiting = deque(work)
    try:
        # in the try block, because an interrupt may arrive here too
        while True:
            running = [future for future in futures if not future.done()]
            while waiting and (may_start is None or may_start(len(running))):
                running.append(pool.submit(_captured, waiting.popleft()))
                futures.append(running[-1])
            if not running and not waiting:
                break
            # Python handles a signal that arrives just before a wait only after it
            wait(running, timeout=_WAIT_SECONDS, return_when=FIRST_COMPLETED)
    except BaseException:
        process.stop_all()
        pool.shutdown(wait=False, cancel_futures=True)
        # a thread that waited for a program cleans up now; one that computes cannot be stopped
        wait(futures, timeout=process.GRACE_SECONDS)
        raise
    pool.shutdown()
    return _finished([future.result() for future in futures])


def _finished(results: list[T | Exception]) -> list[T | Exception]:
    for result in results:
        if isinstance(result, Interrupted):
            raise result
    return results


def _captured(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:  # returned to the caller
        return error
