"""One background thread that sends events and metrics, in order."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from .errors import ServiceFailure

__all__ = ["submit"]

LOG = logging.getLogger(__name__)

_queue: queue.Queue[Callable[[], None]] = queue.Queue()
_start = threading.Lock()
_threads: list[threading.Thread] = []


def _run() -> None:
    while True:
        work = _queue.get()
        try:
            work()
        except ServiceFailure as error:
            LOG.warning("background work failed: %s", error)
        except Exception:
            LOG.exception("background work failed")


def submit(work: Callable[[], None]) -> None:
    """Run `work` in the background thread."""
    with _start:
        if not _threads:
            _threads.append(threading.Thread(target=_run, name="sagemaker-worker", daemon=True))
            _threads[0].start()
    _queue.put(work)
