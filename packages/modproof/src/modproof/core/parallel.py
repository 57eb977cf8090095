"""Runs functions in parallel threads; stopping the run also ends the programs that they wait for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from modproof.core import process

__all__ = ["side_by_side"]

T = TypeVar("T")
_WAIT_SECONDS = 0.5


def side_by_side(work: Sequence[Callable[[], T]], *, at_once: int | None = None) -> list[T | Exception]:
    """Call all functions in parallel, at most ``at_once`` at a time.

    Returns their results, or the exceptions that they raised, in the order of ``work``. A failure does not stop the
    others. When this thread is interrupted, all programs are ended first: otherwise the interrupt would wait until
    Terraform is done. A function that only computes is abandoned after GRACE_SECONDS.
    """
    if len(work) < 2:
        return [_captured(call) for call in work]
    pool = ThreadPoolExecutor(max_workers=min(len(work), at_once or len(work)), thread_name_prefix="modproof")
    futures: list[Future[T | Exception]] = []
    try:
        # in the try block, because an interrupt may arrive here too
        futures.extend(pool.submit(_captured, call) for call in work)
        # Python handles a signal that arrives just before a wait only after it
        while wait(futures, timeout=_WAIT_SECONDS).not_done:
            pass
    except BaseException:
        process.stop_all()
        pool.shutdown(wait=False, cancel_futures=True)
        # a thread that waited for a program cleans up now; one that computes cannot be stopped
        wait(futures, timeout=process.GRACE_SECONDS)
        raise
    pool.shutdown()
    return [future.result() for future in futures]


def _captured(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:  # returned to the caller
        return error
