"""Runs things side by side in threads, so that a stop reaches the programs that they wait for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from modproof.core import process

__all__ = ["side_by_side"]

T = TypeVar("T")


def side_by_side(work: Sequence[Callable[[], T]], *, at_once: int | None = None) -> list[T | Exception]:
    """Call everything at once, or at most ``at_once`` at a time.

    Gives what each returned, or the exception that it raised, in the order of ``work``. One failure leaves the
    others running. When this thread is interrupted, every program that any of them waits for is ended first: without
    that, leaving would wait until Terraform is done. What only computes is left behind after GRACE_SECONDS.
    """
    if len(work) < 2:
        return [_captured(call) for call in work]
    pool = ThreadPoolExecutor(max_workers=min(len(work), at_once or len(work)), thread_name_prefix="modproof")
    futures = [pool.submit(_captured, call) for call in work]
    try:
        wait(futures)
    except BaseException:
        process.stop_all()
        pool.shutdown(wait=False, cancel_futures=True)
        # a thread that waits for a program puts its things away now; one that computes cannot be stopped
        wait(futures, timeout=process.GRACE_SECONDS)
        raise
    pool.shutdown()
    return [future.result() for future in futures]


def _captured(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:  # handed to the caller, who knows what it means
        return error
