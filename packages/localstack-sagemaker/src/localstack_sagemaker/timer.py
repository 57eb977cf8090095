"""One background thread that applies due statuses, so that events are sent without client calls."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

__all__ = ["wake_at"]

LOG = logging.getLogger(__name__)

Wake = Callable[[str, str], None]


class _Timer:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, str, str, Wake]] = []
        self._soonest: dict[tuple[str, str], float] = {}
        self._order = itertools.count()
        self._thread: threading.Thread | None = None

    def wake_at(self, seconds: float, account: str, region: str, wake: Wake) -> None:
        moment = time.monotonic() + max(0.0, seconds)
        with self._condition:
            if self._soonest.get((account, region), float("inf")) <= moment:
                return
            self._soonest[account, region] = moment
            heapq.heappush(self._due, (moment, next(self._order), account, region, wake))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sagemaker-clock", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._condition.wait(self._due[0][0] - time.monotonic() if self._due else None)
                moment, _, account, region, wake = heapq.heappop(self._due)
                if self._soonest.get((account, region)) == moment:
                    del self._soonest[account, region]
            try:
                wake(account, region)
            except Exception:
                LOG.exception("cannot apply due statuses of account %s in %s", account, region)


_timer = _Timer()


def wake_at(seconds: float, account: str, region: str, wake: Wake) -> None:
    """Call `wake(account, region)` after `seconds`, unless an earlier call is already scheduled."""
    _timer.wake_at(seconds, account, region, wake)
