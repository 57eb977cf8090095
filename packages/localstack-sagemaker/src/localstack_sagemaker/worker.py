"""One background thread for what nobody waits for: events and metrics, in the order in which they happened."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

__all__ = ["drain", "submit"]

LOG = logging.getLogger(__name__)

_queue: queue.Queue[Callable[[], None]] = queue.Queue()
_start = threading.Lock()
_threads: list[threading.Thread] = []


def _run() -> None:
    while True:
        work = _queue.get()
        try:
            work()
        except Exception:
            LOG.exception("background work failed")
        finally:
            _queue.task_done()


def submit(work: Callable[[], None]) -> None:
    """Do something soon, in another thread."""
    with _start:
        if not _threads:
            _threads.append(threading.Thread(target=_run, name="sagemaker-worker", daemon=True))
            _threads[0].start()
    _queue.put(work)


def drain() -> None:
    """Wait until everything submitted so far is done."""
    _queue.join()
