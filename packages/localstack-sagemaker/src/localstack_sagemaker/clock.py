"""The clock that drives statuses: at AWS's speed, faster, instantly or manually. Each account can have its own.

`LOCALSTACK_SAGEMAKER_CLOCK` sets the default: `instant`, `fast` (the default, 1/200 of AWS's durations), `real`,
`manual`, or a factor such as `0.1` for AWS's durations.
"""

from __future__ import annotations

import datetime
import math
import os
import threading
import time
from dataclasses import dataclass

__all__ = ["Clock", "Clocks", "clocks"]

_ENVIRONMENT = "LOCALSTACK_SAGEMAKER_CLOCK"

_LIMIT_SECONDS = 10 * 366 * 24 * 3600
_SCALES = {"instant": 0.0, "fast": 0.005, "real": 1.0, "manual": 1.0}


@dataclass(slots=True)
class Clock:
    """The time of an account, in epoch seconds."""

    mode: str = "fast"
    scale: float = _SCALES["fast"]
    offset: float = 0.0
    frozen: float | None = None

    @classmethod
    def parse(cls, setting: str) -> Clock:
        """Parse a mode or a factor. Raises ValueError on anything else."""
        if setting in _SCALES:
            return cls(setting, _SCALES[setting], frozen=time.time() if setting == "manual" else None)
        try:
            factor = float(setting)
        except ValueError:
            factor = -1.0
        if not math.isfinite(factor) or factor < 0:
            modes = ", ".join(_SCALES)
            raise ValueError(f"clock {setting!r} is not a mode; use one of {modes}, or a factor such as 0.1")
        return cls("scaled", factor)

    @property
    def instant(self) -> bool:
        """Whether every status is reached before the response is sent."""
        return self.scale == 0.0

    def now(self) -> float:
        """The account's time; a manual clock is constant between steps."""
        return self.frozen if self.frozen is not None else time.time() + self.offset

    def horizon(self) -> float:
        """The time up to which stages are due."""
        return math.inf if self.instant else self.now()

    def datetime(self, at: float | None = None) -> datetime.datetime:
        """The account's time, or `at`, timezone-aware and in milliseconds as in AWS's responses."""
        return datetime.datetime.fromtimestamp(round(self.now() if at is None else at, 3), datetime.UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock by AWS seconds, which a running clock scales.

        Raises ValueError for a negative number, and if the clock would be more than ten years ahead.
        """
        if not 0 <= seconds <= time.time() + _LIMIT_SECONDS - self.now():
            raise ValueError(f"seconds must be 0 or more and keep the clock less than ten years ahead, got {seconds}")
        if self.frozen is not None:
            self.frozen += seconds
        else:
            self.offset += seconds * self.scale

    def describe(self) -> dict[str, object]:
        """The response of the control API."""
        return {"mode": self.mode, "scale": self.scale, "now": self.now()}


class Clocks:
    """The default clock and the clocks of single accounts."""

    def __init__(self, default: Clock | None = None) -> None:
        self._guard = threading.Lock()
        self._default = default or Clock.parse(os.environ.get(_ENVIRONMENT) or "fast")
        self._of_account: dict[str, Clock] = {}

    def of(self, account: str) -> Clock:
        """Return the clock of an account, or the default one."""
        return self._of_account.get(account, self._default)

    def set(self, clock: Clock, account: str | None = None) -> None:
        """Set the clock of an account; without an account, of all accounts."""
        with self._guard:
            if account is None:
                self._default = clock
                self._of_account.clear()
            else:
                self._of_account[account] = clock

    def own(self, account: str) -> Clock:
        """Return the account's own clock, a copy of the default one if it has none, to be changed in place."""
        with self._guard:
            default = self._default
            return self._of_account.setdefault(
                account, Clock(default.mode, default.scale, default.offset, default.frozen)
            )

    def reset(self, account: str | None = None) -> None:
        """Reset the clock of an account, or all clocks."""
        with self._guard:
            if account is None:
                self._default = Clock.parse(os.environ.get(_ENVIRONMENT) or "fast")
                self._of_account.clear()
            else:
                self._of_account.pop(account, None)


clocks = Clocks()
