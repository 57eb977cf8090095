"""The clock that moves statuses: at AWS's pace, faster, at once, or by hand; one setting an account.

`LOCALSTACK_SAGEMAKER_CLOCK` sets the default: `instant`, `fast` (the default, 1/200 of AWS's times), `real`,
`manual`, or a factor such as `0.1` that AWS's times are multiplied with.
"""

from __future__ import annotations

import datetime
import math
import os
import threading
import time
from dataclasses import dataclass

__all__ = ["ENVIRONMENT", "Clock", "Clocks", "clocks"]

ENVIRONMENT = "LOCALSTACK_SAGEMAKER_CLOCK"

_SCALES = {"instant": 0.0, "fast": 0.005, "real": 1.0, "manual": 1.0}


@dataclass(slots=True)
class Clock:
    """Time as one account sees it, in epoch seconds."""

    mode: str = "fast"
    scale: float = _SCALES["fast"]
    offset: float = 0.0
    frozen: float | None = None

    @classmethod
    def parse(cls, setting: str) -> Clock:
        """Read a mode's name or a factor. Raises ValueError on anything else."""
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
        """Whether every status is reached before the answer is sent."""
        return self.scale == 0.0

    def now(self) -> float:
        """The account's time; it stands still between steps of a manual clock."""
        return self.frozen if self.frozen is not None else time.time() + self.offset

    def horizon(self) -> float:
        """Stages due up to this moment have been reached."""
        return math.inf if self.instant else self.now()

    def datetime(self) -> datetime.datetime:
        """The account's time, timezone-aware and in the milliseconds that AWS answers."""
        return datetime.datetime.fromtimestamp(round(self.now(), 3), datetime.UTC)

    def advance(self, seconds: float) -> None:
        """Step a manual clock, or put a running one ahead, by AWS's seconds."""
        if self.frozen is not None:
            self.frozen += seconds
        else:
            self.offset += seconds * self.scale

    def describe(self) -> dict[str, object]:
        """What the control address answers."""
        return {"mode": self.mode, "scale": self.scale, "now": self.now()}


class Clocks:
    """The default clock and those of accounts that have their own."""

    def __init__(self, default: Clock | None = None) -> None:
        self._guard = threading.Lock()
        self._default = default or Clock.parse(os.environ.get(ENVIRONMENT) or "fast")
        self._of_account: dict[str, Clock] = {}

    def of(self, account: str) -> Clock:
        """Return the clock of an account, the default one unless it has its own."""
        return self._of_account.get(account, self._default)

    def set(self, clock: Clock, account: str | None = None) -> None:
        """Give an account its clock; without an account, give all accounts this one."""
        with self._guard:
            if account is None:
                self._default = clock
                self._of_account.clear()
            else:
                self._of_account[account] = clock

    def own(self, account: str) -> Clock:
        """Return the account's own clock, made from the default one if need be, to be changed in place."""
        with self._guard:
            default = self._default
            return self._of_account.setdefault(
                account, Clock(default.mode, default.scale, default.offset, default.frozen)
            )

    def reset(self, account: str | None = None) -> None:
        """Forget what was set for an account, or everything that was set."""
        with self._guard:
            if account is None:
                self._default = Clock.parse(os.environ.get(ENVIRONMENT) or "fast")
                self._of_account.clear()
            else:
                self._of_account.pop(account, None)


clocks = Clocks()
